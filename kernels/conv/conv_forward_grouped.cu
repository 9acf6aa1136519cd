#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/grouped_product.h"

namespace graft::GRAFT_TARGET {
namespace {

// See grouped_product.h: four filters of a group by 8 neighbouring output pixels. At 4 channels a group a
// result takes 36 multiply-adds, and its input and output 8 bytes: memory is the limit where the first-level
// cache serves the windows. x: [N, H, W, C]; w: [K, R, S, C / groups]; y: [N, P, Q, K]
GRAFT_KERNEL_BOUNDED(grouped_threads)
void conv_forward_grouped_kernel(ConvSizes sizes, const float* x, const float* w, float* y,
                                 Epilogue epilogue) {
  const GroupedPlace place(sizes.k / 4);
  const int runs = (sizes.q + grouped_pixels - 1) / grouped_pixels;
  const int64_t line = place.run / runs, n = line / sizes.p;
  const int q = static_cast<int>(place.run - line * runs) * grouped_pixels, k = 4 * place.four;
  if (n >= sizes.n || k >= sizes.k) return;

  const int64_t filter = sizes.filter();
  const float* image = x + n * sizes.h * sizes.w * sizes.c + k / sizes.group_k * sizes.group_c;
  const int top = static_cast<int>(line - n * sizes.p) * sizes.stride_h - sizes.pad_top;
  Float4 sums[grouped_pixels] = {};
  for (int r = 0; r < sizes.r; ++r) {
    const int h = top + r * sizes.dilation_h;
    if (h < 0 || h >= sizes.h) continue;
    for (int s = 0; s < sizes.s; ++s) {
      const int left = q * sizes.stride_w - sizes.pad_left + s * sizes.dilation_w;
      const float* tap = w + k * filter + (r * sizes.s + s) * sizes.group_c;
      for (int c = 0; c < sizes.group_c; c += 4) {
        Float4 weights[4];
        GRAFT_UNROLL
        for (int i = 0; i < 4; ++i) weights[i] = load4(tap + i * filter + c);
        transpose(weights);
        add_grouped(sums, weights, image + int64_t{h} * sizes.w * sizes.c + c, sizes.c, left, sizes.stride_w,
                    sizes.w);
      }
    }
  }
  GRAFT_UNROLL
  for (int i = 0; i < grouped_pixels; ++i) {
    const int64_t at = (line * sizes.q + q + i) * sizes.k + k;
    if (q + i < sizes.q) store4(y + at, epilogue(sums[i], k, at));
  }
}

}  // namespace

void conv_forward_grouped(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  const int64_t runs = p.n * p.p() * blocks_for(p.q(), grouped_pixels);
  launch("conv_forward_grouped", conv_forward_grouped_kernel, {grouped_blocks(p.k, runs)}, {grouped_threads},
         0, context.stream, sizes_of(p), floats(args.x), floats(args.w), floats(args.y),
         epilogue_of(p, args));
}

}  // namespace graft::GRAFT_TARGET
