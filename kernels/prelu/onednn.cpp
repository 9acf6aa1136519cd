#include "kernels/onednn_support.h"
#include "kernels/prelu/prelu.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::prelu_forward;
using Backward = dnnl::prelu_backward;

memory::desc x_of(const PreluProblem& p) { return matrix(p.rows, p.c); }
memory::desc slope_of(const PreluProblem& p) { return matrix(1, p.c); }

Forward::primitive_desc forward_descriptor(const PreluProblem& p) {
  return {Forward::desc(dnnl::prop_kind::forward_training, x_of(p), slope_of(p)), attributes(), engine()};
}

class PreluForwardOnednn : public Prepared<PreluForward> {
 public:
  static auto descriptor(const PreluProblem& p) { return forward_descriptor(p); }

  PreluForwardOnednn(const PreluProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Forward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const PreluForward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()},
                 {DNNL_ARG_WEIGHTS, slope_of(p_), args.slope.as<float>()},
                 {DNNL_ARG_DST, x_of(p_), args.y.as<float>()}},
                context.scratch);
  }

 private:
  PreluProblem p_;
  Runner runner_;
};

class PreluBackwardOnednn : public Prepared<PreluBackward> {
 public:
  static std::string refuse_first(const PreluProblem& p) {
    return p.wants_dx && p.wants_dslope ? "" : "oneDNN computes both gradients or none";
  }
  static Backward::primitive_desc descriptor(const PreluProblem& p) {
    return {Backward::desc(x_of(p), slope_of(p), x_of(p), slope_of(p)), attributes(), engine(),
            forward_descriptor(p)};
  }

  PreluBackwardOnednn(const PreluProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Backward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const PreluBackward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()},
                 {DNNL_ARG_WEIGHTS, slope_of(p_), args.slope.as<float>()},
                 {DNNL_ARG_DIFF_DST, x_of(p_), args.dy.as<float>()},
                 {DNNL_ARG_DIFF_SRC, x_of(p_), args.dx.as<float>()},
                 {DNNL_ARG_DIFF_WEIGHTS, slope_of(p_), args.dslope.as<float>()}},
                context.scratch);
  }

 private:
  PreluProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<PreluForward> {
  using type = PreluForwardOnednn;
};
template <>
struct OnednnClass<PreluBackward> {
  using type = PreluBackwardOnednn;
};

template struct Onednn<PreluForward, Math::fp32>;
template struct Onednn<PreluBackward, Math::fp32>;

}  // namespace graft
