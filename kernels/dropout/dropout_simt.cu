#include "kernels/dropout/dropout_kernels.h"
#include "kernels/dropout/mask.h"
#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread a quad of elements, because one draw gives four words. Seed and step are read here: they change,
// launches do not.
GRAFT_KERNEL_BOUNDED(threads_per_block)
void dropout_simt_kernel(const float* x, float* y, int64_t count, uint32_t layer, uint32_t threshold,
                         float scale, const StepState* state) {
  const int64_t quad = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (quad * 4 >= count) return;
  const PhiloxCounter words = dropout_words(state->seed, state->step, layer, static_cast<uint32_t>(quad));
  const uint32_t word[] = {words.x, words.y, words.z, words.w};
  GRAFT_UNROLL
  for (int i = 0; i < 4; ++i)
    if (quad * 4 + i < count) y[quad * 4 + i] = is_kept(word[i], threshold) ? x[quad * 4 + i] * scale : 0.0f;
}

}  // namespace

void dropout_simt(const DropoutProblem& p, const Dropout::Args& args, const RunContext& context) {
  launch("dropout_simt", dropout_simt_kernel, {blocks_for(p.count, 4 * threads_per_block)},
         {threads_per_block}, 0, context.stream, floats(args.x), floats(args.y), p.count, p.layer,
         drop_threshold(p.probability), static_cast<float>(1 / (1 - p.probability)), context.state);
}

}  // namespace graft::GRAFT_TARGET
