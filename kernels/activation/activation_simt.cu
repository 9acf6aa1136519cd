#include "kernels/activation/activation_kernels.h"
#include "kernels/map.h"

namespace graft::GRAFT_TARGET {
namespace {

// 8 bytes an element (4 in bfloat16) and at most some 20 instructions: bound by memory.
struct Forward {
  Activation activation;
  GRAFT_DEVICE float operator()(float x) const { return activate(activation, x); }
};

// 12 bytes an element, or 6.
struct Backward {
  Activation activation;
  GRAFT_DEVICE float operator()(float saved, float dy) const {
    return activation_gradient(activation, saved, dy);
  }
};

template <class Element>
void forward(const ActivationProblem& p, const ActivationForward::Args& args, Stream& stream) {
  launch_map("activation_forward_simt", Forward{p.activation}, elements<Element>(args.y),
             p.n * p.h * p.w * p.c, stream, elements<const Element>(args.x));
}

template <class Element>
void backward(const ActivationProblem& p, const ActivationBackward::Args& args, Stream& stream) {
  const TensorView& saved = gradient_reads_input(p.activation) ? args.x : args.y;
  launch_map("activation_backward_simt", Backward{p.activation}, elements<Element>(args.dx),
             p.n * p.h * p.w * p.c, stream, elements<const Element>(saved), elements<const Element>(args.dy));
}

}  // namespace

void activation_forward_simt(const ActivationProblem& p, const ActivationForward::Args& args,
                             const RunContext& context) {
  with_element(p.dtype, [&](auto element) { forward<decltype(element)>(p, args, context.stream); });
}

void activation_backward_simt(const ActivationProblem& p, const ActivationBackward::Args& args,
                              const RunContext& context) {
  with_element(p.dtype, [&](auto element) { backward<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
