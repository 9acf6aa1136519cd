#include "kernels/optimizer/optimizer_kernels.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

using Shared = BlockSumShared<double, threads_per_block>;

// A fixed number of blocks walks over the gradient in steps of the whole grid, so the order of the sum is
// that of the indices. gradients: [count]; partial: [blocks]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void gradient_norm_partials_simt_kernel(const float* gradients, int64_t count, double* partial) {
  auto& shared = shared_memory<Shared>();
  const int64_t step = gradient_norm_blocks * threads_per_block;
  double sum = 0;
  for (int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x; i < count; i += step)
    sum += static_cast<double>(gradients[i]) * static_cast<double>(gradients[i]);
  sum = block_sum(shared, sum);
  if (thread_index().x == 0) partial[block_index().x] = sum;
}

// One block.
GRAFT_KERNEL_BOUNDED(threads_per_block)
void gradient_norm_total_simt_kernel(const double* partial, double max_norm, StepState* state) {
  auto& shared = shared_memory<Shared>();
  double sum = 0;
  for (int64_t i = thread_index().x; i < gradient_norm_blocks; i += threads_per_block) sum += partial[i];
  sum = block_sum(shared, sum);
  if (thread_index().x != 0) return;
  const double norm = sqrt(sum), factor = max_norm / (norm + 1e-6);
  state->gradient_norm = norm;
  state->clip_factor = max_norm > 0 && factor < 1 ? factor : 1.0;
}

}  // namespace

void gradient_norm_simt(const GradientNormProblem& p, const GradientNorm::Args& args,
                        const RunContext& context) {
  double* partial = static_cast<double*>(context.scratch);
  launch("gradient_norm_partials_simt", gradient_norm_partials_simt_kernel, {gradient_norm_blocks},
         {threads_per_block}, sizeof(Shared), context.stream, floats(args.gradients), p.count, partial);
  launch("gradient_norm_total_simt", gradient_norm_total_simt_kernel, {1}, {threads_per_block},
         sizeof(Shared), context.stream, partial, p.max_norm, context.state);
}

}  // namespace graft::GRAFT_TARGET
