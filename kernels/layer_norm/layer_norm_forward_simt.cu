#include "kernels/layer_norm/layer_norm_kernels.h"
#include "kernels/warp_rows.h"

namespace graft::GRAFT_TARGET {
namespace {

// A warp a row: its mean, then its variance about that, then y. Memory is asked for x once, for the second
// and third time the row (3 KB of 768 channels) is in the cache; 8 bytes an element, 4 in bfloat16. x, y:
// [rows, c]; scale, shift: [c]; mean, variance: [rows]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void layer_norm_forward_simt_kernel(const Element* x, Element* y, const float* scale, const float* shift,
                                    float* mean, float* variance, float epsilon, int64_t rows, int64_t c) {
  const int64_t row = row_of_warp();
  if (row >= rows) return;
  x += row * c;
  y += row * c;
  const float share = 1.0f / static_cast<float>(c);
  float sum = 0;
  for_each_channel<width>(c, [&](int64_t k) {
    const auto values = load_floats<width>(x + k);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sum += values.at[i];
  });
  const float center = warp_sum(sum) * share;
  float squares = 0;
  for_each_channel<width>(c, [&](int64_t k) {
    const auto values = load_floats<width>(x + k);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) squares += (values.at[i] - center) * (values.at[i] - center);
  });
  const float spread = warp_sum(squares) * share, inverse = 1 / sqrtf(spread + epsilon);
  for_each_channel<width>(c, [&](int64_t k) {
    auto values = load_floats<width>(x + k);
    const auto scales = load_floats<width>(scale + k), shifts = load_floats<width>(shift + k);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i)
      values.at[i] = (values.at[i] - center) * inverse * scales.at[i] + shifts.at[i];
    store_floats(y + k, values);
  });
  if (lane_index() != 0) return;
  mean[row] = center;
  variance[row] = spread;
}

template <class Element>
void run(const LayerNormProblem& p, const LayerNormForward::Args& args, Stream& stream) {
  const bool four = four_at_a_time({args.x.data, args.y.data, args.scale.data, args.shift.data}, p.c);
  launch("layer_norm_forward_simt",
         four ? layer_norm_forward_simt_kernel<4, Element> : layer_norm_forward_simt_kernel<1, Element>,
         warp_row_grid(p.rows), {threads_per_block}, 0, stream, elements<const Element>(args.x),
         elements<Element>(args.y), floats(args.scale), floats(args.shift), floats(args.mean),
         floats(args.variance), static_cast<float>(p.epsilon), p.rows, p.c);
}

}  // namespace

void layer_norm_forward_simt(const LayerNormProblem& p, const LayerNormForward::Args& args,
                             const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
