#include "kernels/onednn_support.h"
#include "kernels/upsample/upsample.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::resampling_forward;
using Backward = dnnl::resampling_backward;

constexpr auto nearest = dnnl::algorithm::resampling_nearest;

memory::desc x_of(const UpsampleProblem& p) { return nhwc(p.n, p.h, p.w, p.c, p.dtype); }
memory::desc y_of(const UpsampleProblem& p) {
  return nhwc(p.n, p.h * p.factor, p.w * p.factor, p.c, p.dtype);
}

Forward::primitive_desc forward_descriptor(const UpsampleProblem& p) {
  return {Forward::desc(dnnl::prop_kind::forward_training, nearest, x_of(p), y_of(p)), attributes(),
          engine()};
}

class UpsampleForwardOnednn : public Prepared<UpsampleForward> {
 public:
  static auto descriptor(const UpsampleProblem& p) { return forward_descriptor(p); }

  UpsampleForwardOnednn(const UpsampleProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Forward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const UpsampleForward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()}, {DNNL_ARG_DST, y_of(p_), args.y.as<float>()}},
                context.scratch);
  }

 private:
  UpsampleProblem p_;
  Runner runner_;
};

class UpsampleBackwardOnednn : public Prepared<UpsampleBackward> {
 public:
  static Backward::primitive_desc descriptor(const UpsampleProblem& p) {
    return {Backward::desc(nearest, x_of(p), y_of(p)), attributes(), engine(), forward_descriptor(p)};
  }

  UpsampleBackwardOnednn(const UpsampleProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Backward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const UpsampleBackward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_DIFF_DST, y_of(p_), args.dy.as<float>()},
                 {DNNL_ARG_DIFF_SRC, x_of(p_), args.dx.as<float>()}},
                context.scratch);
  }

 private:
  UpsampleProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<UpsampleForward> {
  using type = UpsampleForwardOnednn;
};
template <>
struct OnednnClass<UpsampleBackward> {
  using type = UpsampleBackwardOnednn;
};

template struct Onednn<UpsampleForward, Math::fp32>;
template struct Onednn<UpsampleBackward, Math::fp32>;

}  // namespace graft
