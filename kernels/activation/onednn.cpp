#include "kernels/activation/activation.h"
#include "kernels/onednn_support.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::eltwise_forward;
using Backward = dnnl::eltwise_backward;

constexpr const char* plain_loops_do = "without an exponential our own loops are as fast";

struct Eltwise {
  dnnl::algorithm algorithm;
  float alpha;
};
// Of those with an exponential.
Eltwise eltwise(Activation activation) {
  using dnnl::algorithm;
  if (activation.kind == Activation::silu) return {algorithm::eltwise_swish, 1};
  if (activation.kind == Activation::gelu) return {algorithm::eltwise_gelu_erf, 0};
  return {algorithm::eltwise_logistic, 0};
}

Forward::primitive_desc forward_descriptor(const ActivationProblem& p) {
  const Eltwise kind = eltwise(p.activation);
  return {Forward::desc(dnnl::prop_kind::forward_training, kind.algorithm, vector(p.count()), kind.alpha, 0),
          attributes(), engine()};
}

class ActivationForwardOnednn : public Prepared<ActivationForward> {
 public:
  static std::string refuse_first(const ActivationProblem& p) {
    const Activation::Kind kind = p.activation.kind;
    const bool served = kind == Activation::silu || kind == Activation::sigmoid || kind == Activation::gelu;
    return served ? "" : plain_loops_do;
  }
  static auto descriptor(const ActivationProblem& p) { return forward_descriptor(p); }

  ActivationForwardOnednn(const ActivationProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Forward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const ActivationForward::Args& args, const RunContext& context) override {
    const memory::desc each = vector(p_.count());
    runner_.run({{DNNL_ARG_SRC, each, args.x.as<float>()}, {DNNL_ARG_DST, each, args.y.as<float>()}},
                context.scratch);
  }

 private:
  ActivationProblem p_;
  Runner runner_;
};

class ActivationBackwardOnednn : public Prepared<ActivationBackward> {
 public:
  static std::string refuse_first(const ActivationProblem& p) {
    const Activation::Kind kind = p.activation.kind;
    if (p.dbias || p.masked) return "it has neither sums over pixels nor masks";
    return kind == Activation::silu || kind == Activation::gelu ? "" : plain_loops_do;
  }
  static Backward::primitive_desc descriptor(const ActivationProblem& p) {
    const memory::desc each = vector(p.count());
    const Eltwise kind = eltwise(p.activation);
    return {Backward::desc(kind.algorithm, each, each, kind.alpha, 0), attributes(), engine(),
            forward_descriptor(p)};
  }

  ActivationBackwardOnednn(const ActivationProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Backward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const ActivationBackward::Args& args, const RunContext& context) override {
    const memory::desc each = vector(p_.count());
    runner_.run({{DNNL_ARG_SRC, each, args.x.as<float>()},
                 {DNNL_ARG_DIFF_DST, each, args.dy.as<float>()},
                 {DNNL_ARG_DIFF_SRC, each, args.dx.as<float>()}},
                context.scratch);
  }

 private:
  ActivationProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<ActivationForward> {
  using type = ActivationForwardOnednn;
};
template <>
struct OnednnClass<ActivationBackward> {
  using type = ActivationBackwardOnednn;
};

template struct Onednn<ActivationForward, Math::fp32>;
template struct Onednn<ActivationBackward, Math::fp32>;

}  // namespace graft
