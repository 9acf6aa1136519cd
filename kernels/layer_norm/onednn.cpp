#include "kernels/layer_norm/layer_norm.h"
#include "kernels/onednn_support.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::layer_normalization_forward;
using Backward = dnnl::layer_normalization_backward;

const auto flags = dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;

memory::desc x_of(const LayerNormProblem& p) { return matrix(p.rows, p.c); }

Forward::primitive_desc forward_descriptor(const LayerNormProblem& p) {
  return {Forward::desc(dnnl::prop_kind::forward_training, x_of(p), vector(p.rows),
                        static_cast<float>(p.epsilon), flags),
          attributes(), engine()};
}

class LayerNormForwardOnednn : public Prepared<LayerNormForward> {
 public:
  static auto descriptor(const LayerNormProblem& p) { return forward_descriptor(p); }

  LayerNormForwardOnednn(const LayerNormProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Forward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const LayerNormForward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()},
                 {DNNL_ARG_SCALE, vector(p_.c), args.scale.as<float>()},
                 {DNNL_ARG_SHIFT, vector(p_.c), args.shift.as<float>()},
                 {DNNL_ARG_DST, x_of(p_), args.y.as<float>()},
                 {DNNL_ARG_MEAN, vector(p_.rows), args.mean.as<float>()},
                 {DNNL_ARG_VARIANCE, vector(p_.rows), args.variance.as<float>()}},
                context.scratch);
  }

 private:
  LayerNormProblem p_;
  Runner runner_;
};

class LayerNormBackwardOnednn : public Prepared<LayerNormBackward> {
 public:
  static std::string refuse_first(const LayerNormProblem& p) {
    return p.wants_dx && p.wants_dscale ? "" : "oneDNN computes all three gradients or none";
  }
  static Backward::primitive_desc descriptor(const LayerNormProblem& p) {
    return {Backward::desc(dnnl::prop_kind::backward, x_of(p), x_of(p), vector(p.rows),
                           static_cast<float>(p.epsilon), flags),
            attributes(), engine(), forward_descriptor(p)};
  }

  LayerNormBackwardOnednn(const LayerNormProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Backward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  // The library asks for a shift, which no gradient depends on: it gets the scale.
  void run(const LayerNormBackward::Args& args, const RunContext& context) override {
    const memory::desc x = x_of(p_), row = vector(p_.rows), channel = vector(p_.c);
    runner_.run({{DNNL_ARG_SRC, x, args.x.as<float>()},
                 {DNNL_ARG_DIFF_DST, x, args.dy.as<float>()},
                 {DNNL_ARG_SCALE, channel, args.scale.as<float>()},
                 {DNNL_ARG_SHIFT, channel, args.scale.as<float>()},
                 {DNNL_ARG_MEAN, row, args.mean.as<float>()},
                 {DNNL_ARG_VARIANCE, row, args.variance.as<float>()},
                 {DNNL_ARG_DIFF_SRC, x, args.dx.as<float>()},
                 {DNNL_ARG_DIFF_SCALE, channel, args.dscale.as<float>()},
                 {DNNL_ARG_DIFF_SHIFT, channel, args.dshift.as<float>()}},
                context.scratch);
  }

 private:
  LayerNormProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<LayerNormForward> {
  using type = LayerNormForwardOnednn;
};
template <>
struct OnednnClass<LayerNormBackward> {
  using type = LayerNormBackwardOnednn;
};

template struct Onednn<LayerNormForward, Math::fp32>;
template struct Onednn<LayerNormBackward, Math::fp32>;

}  // namespace graft
