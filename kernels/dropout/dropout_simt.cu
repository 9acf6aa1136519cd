#include "kernels/dropout/dropout_kernels.h"
#include "kernels/dropout/mask.h"
#include "kernels/half_vector.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread a quad of elements, because one draw gives four words: 32 bytes moved (16 in bfloat16) for about
// 100 instructions, of which an H100 has time for some 270. Seed and step are read here: they change,
// launches do not. x, y: [count]; y may be x
template <class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void dropout_simt_kernel(const Element* x, Element* y, int64_t count, bool aligned, uint32_t layer,
                         uint32_t threshold, float scale, const StepState* state) {
  const int64_t quad = int64_t{block_index().x} * threads_per_block + thread_index().x, i = quad * 4;
  if (i >= count) return;
  const PhiloxCounter words = dropout_words(state->seed, state->step, layer, static_cast<uint32_t>(quad));
  const uint32_t word[] = {words.x, words.y, words.z, words.w};
  const auto dropped = [&](int j, float value) { return is_kept(word[j], threshold) ? value * scale : 0.0f; };
  if (aligned && i + 4 <= count) {
    Floats<4> values = load_floats<4>(x + i);
    GRAFT_UNROLL
    for (int j = 0; j < 4; ++j) values.at[j] = dropped(j, values.at[j]);
    store_floats(y + i, values);
    return;
  }
  GRAFT_UNROLL
  for (int j = 0; j < 4; ++j)
    if (i + j < count) store(y + i + j, dropped(j, load(x + i + j)));
}

template <class Element>
void run(const DropoutProblem& p, const Dropout::Args& args, const RunContext& context) {
  const Element* x = elements<Element>(args.x);
  Element* y = elements<Element>(args.y);
  launch("dropout_simt", dropout_simt_kernel<Element>, {blocks_for(p.count, 4 * threads_per_block)},
         {threads_per_block}, 0, context.stream, x, y, p.count, four_at_a_time({x, y}, 4), p.layer,
         drop_threshold(p.probability), static_cast<float>(1 / (1 - p.probability)), context.state);
}

}  // namespace

void dropout_simt(const DropoutProblem& p, const Dropout::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
