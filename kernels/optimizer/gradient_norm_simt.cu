#include "kernels/optimizer/optimizer_kernels.h"
#include "kernels/reduce.h"
#include "kernels/vector.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

using Shared = BlockSumShared<double, threads_per_block>;

// At most 512 blocks walk over the gradient in steps of the whole grid, so the order of the sum depends on
// the size alone. 4 bytes an element for a product in double: bound by memory; the grid has 2 MB in flight,
// as much as an H100's bandwidth times its latency. gradients: [count]; partial: [blocks]
template <int width>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void gradient_norm_partials_simt_kernel(const float* gradients, int64_t count, double* partial) {
  auto& shared = shared_memory<Shared>();
  const int64_t step = int64_t{grid_size().x} * threads_per_block * width;
  double sums[width] = {};
  const auto add = [&](int j, float value) {
    sums[j] += static_cast<double>(value) * static_cast<double>(value);
  };
  int64_t i = (int64_t{block_index().x} * threads_per_block + thread_index().x) * width;
  for (; i + width <= count; i += step) {
    const Floats<width> values = load_floats<width>(gradients + i);
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) add(j, values.at[j]);
  }
  for (; i < count; ++i) add(0, gradients[i]);  // the last pack, which only one thread meets
  GRAFT_UNROLL
  for (int j = 1; j < width; ++j) sums[0] += sums[j];
  const double sum = block_sum(shared, sums[0]);
  if (thread_index().x == 0) partial[block_index().x] = sum;
}

// One block, behind the others in the stream: scratch memory has no counter that starts at 0, which a last
// block to finish would need. partial: [blocks]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void gradient_norm_total_simt_kernel(const double* partial, int64_t blocks, double max_norm,
                                     StepState* state) {
  auto& shared = shared_memory<Shared>();
  double sum = 0;
  for (int64_t i = thread_index().x; i < blocks; i += threads_per_block) sum += partial[i];
  sum = block_sum(shared, sum);
  if (thread_index().x != 0) return;
  const double norm = sqrt(sum), factor = max_norm / (norm + 1e-6);
  state->gradient_norm = norm;
  state->clip_factor = max_norm > 0 && factor < 1 ? factor : 1.0;
}

}  // namespace

void gradient_norm_simt(const GradientNormProblem& p, const GradientNorm::Args& args,
                        const RunContext& context) {
  const float* gradients = floats(args.gradients);
  double* partial = static_cast<double*>(context.scratch);
  const int64_t blocks = gradient_norm_blocks(p);
  launch("gradient_norm_partials_simt",
         four_at_a_time({gradients}, 4) ? gradient_norm_partials_simt_kernel<4>
                                        : gradient_norm_partials_simt_kernel<1>,
         {blocks}, {threads_per_block}, sizeof(Shared), context.stream, gradients, p.count, partial);
  launch("gradient_norm_total_simt", gradient_norm_total_simt_kernel, {1}, {threads_per_block},
         sizeof(Shared), context.stream, partial, blocks, p.max_norm, context.state);
}

}  // namespace graft::GRAFT_TARGET
