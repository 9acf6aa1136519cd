#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/grouped_product.h"

namespace graft::GRAFT_TARGET {
namespace {

// See grouped_product.h: four channels of a group by 8 input pixels that lie a stride apart, so that a tap
// serves all of them or none, from neighbouring outputs. Limits as forward. dy: [N, P, Q, K];
// w: [K, R, S, C / groups]; dx: [N, H, W, C]
GRAFT_KERNEL_BOUNDED(grouped_threads)
void conv_backward_data_grouped_kernel(ConvSizes sizes, const float* dy, const float* w, float* dx) {
  const GroupedPlace place(sizes.c / 4);
  const int across = grouped_pixels * sizes.stride_w;
  const int runs = (sizes.w + across - 1) / across * sizes.stride_w;
  const int64_t line = place.run / runs, n = line / sizes.h;
  const int run = static_cast<int>(place.run - line * runs), c = 4 * place.four;
  if (n >= sizes.n || c >= sizes.c) return;

  const int first_w = run / sizes.stride_w * across + run % sizes.stride_w;
  const int padded_h = static_cast<int>(line - n * sizes.h) + sizes.pad_top, group = c / sizes.group_c;
  const int64_t filter = sizes.filter();
  const float* image = dy + n * sizes.p * sizes.q * sizes.k + group * sizes.group_k;
  const float* filters = w + group * sizes.group_k * filter + (c - group * sizes.group_c);
  Float4 sums[grouped_pixels] = {};
  for (int r = 0; r < sizes.r; ++r) {
    const int h = padded_h - r * sizes.dilation_h, p = h / sizes.stride_h;
    if (h < 0 || p * sizes.stride_h != h || p >= sizes.p) continue;
    for (int s = 0; s < sizes.s; ++s) {
      const int column = first_w + sizes.pad_left - s * sizes.dilation_w, q = column / sizes.stride_w;
      if (q * sizes.stride_w != column) continue;
      const float* tap = filters + (r * sizes.s + s) * sizes.group_c;
      for (int k = 0; k < sizes.group_k; k += 4) {
        Float4 weights[4];
        GRAFT_UNROLL
        for (int i = 0; i < 4; ++i) weights[i] = load4(tap + (k + i) * filter);
        add_grouped(sums, weights, image + int64_t{p} * sizes.q * sizes.k + k, sizes.k, q, 1, sizes.q);
      }
    }
  }
  GRAFT_UNROLL
  for (int i = 0; i < grouped_pixels; ++i) {
    const int column = first_w + i * sizes.stride_w;
    if (column < sizes.w) store4(dx + (line * sizes.w + column) * sizes.c + c, sums[i]);
  }
}

}  // namespace

void conv_backward_data_grouped(const ConvProblem& p, const ConvBackwardData::Args& args,
                                const RunContext& context) {
  const int64_t runs = p.n * p.h * blocks_for(p.w, grouped_pixels * p.stride_w) * p.stride_w;
  launch("conv_backward_data_grouped", conv_backward_data_grouped_kernel, {grouped_blocks(p.c, runs)},
         {grouped_threads}, 0, context.stream, sizes_of(p), floats(args.dy), floats(args.w), floats(args.dx));
}

}  // namespace graft::GRAFT_TARGET
