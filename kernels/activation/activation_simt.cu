#include "kernels/activation/activation_kernels.h"
#include "kernels/map.h"

namespace graft::GRAFT_TARGET {
namespace {

// 8 bytes an element and at most some 20 instructions: bound by memory.
struct Forward {
  Activation activation;
  GRAFT_DEVICE float operator()(float x) const { return activate(activation, x); }
};

// 12 bytes an element.
struct Backward {
  Activation activation;
  GRAFT_DEVICE float operator()(float saved, float dy) const {
    return activation_gradient(activation, saved, dy);
  }
};

}  // namespace

void activation_forward_simt(const ActivationProblem& p, const ActivationForward::Args& args,
                             const RunContext& context) {
  const float* x = floats(args.x);
  launch_map("activation_forward_simt", Forward{p.activation}, floats(args.y), p.n * p.h * p.w * p.c,
             context.stream, x);
}

void activation_backward_simt(const ActivationProblem& p, const ActivationBackward::Args& args,
                              const RunContext& context) {
  const float* saved = floats(gradient_reads_input(p.activation) ? args.x : args.y);
  const float* dy = floats(args.dy);
  launch_map("activation_backward_simt", Backward{p.activation}, floats(args.dx), p.n * p.h * p.w * p.c,
             context.stream, saved, dy);
}

}  // namespace graft::GRAFT_TARGET
