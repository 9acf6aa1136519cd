#include "kernels/activation/activation_kernels.h"
#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread an element; bound by memory, and neighbours read neighbours.
GRAFT_KERNEL_BOUNDED(threads_per_block)
void activation_forward_simt_kernel(const float* x, float* y, int64_t count, Activation activation) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i < count) y[i] = activate(activation, x[i]);
}

GRAFT_KERNEL_BOUNDED(threads_per_block)
void activation_backward_simt_kernel(const float* y, const float* dy, float* dx, int64_t count,
                                     Activation activation) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i < count) dx[i] = passes_gradient(activation, y[i]) ? dy[i] : 0.0f;
}

}  // namespace

void activation_forward_simt(const ActivationProblem& p, const ActivationForward::Args& args,
                             const RunContext& context) {
  const int64_t count = p.n * p.h * p.w * p.c;
  launch("activation_forward_simt", activation_forward_simt_kernel, {blocks_for(count, threads_per_block)},
         {threads_per_block}, 0, context.stream, floats(args.x), floats(args.y), count, p.activation);
}

void activation_backward_simt(const ActivationProblem& p, const ActivationBackward::Args& args,
                              const RunContext& context) {
  const int64_t count = p.n * p.h * p.w * p.c;
  launch("activation_backward_simt", activation_backward_simt_kernel, {blocks_for(count, threads_per_block)},
         {threads_per_block}, 0, context.stream, floats(args.y), floats(args.dy), floats(args.dx), count,
         p.activation);
}

}  // namespace graft::GRAFT_TARGET
