#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/add_parts.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int lanes = 32, slices = 8, row_taps = 3;

struct Shared {
  Float4 sums[slices][4][lanes];
};

// A thread sums blocks of 4 filters x 4 channels of a group for up to three taps of a row, over a slice of
// the pixels: 4 vectors of 128 bits for 48 multiply-adds. Neighbouring lanes take neighbouring fours, and so
// read neighbouring memory; slices are added in order. x: [N, H, W, C]; dy: [N, P, Q, K]; dw: [parts, K, R,
// S, C / groups]
GRAFT_KERNEL_BOUNDED(lanes* slices)
void conv_backward_weights_grouped_kernel(ConvSizes sizes, const float* x, const float* dy, float* dw,
                                          int pixels_of_part) {
  auto& shared = shared_memory<Shared>();
  const Int3 t = thread_index(), block = block_index();
  const int fours_c = sizes.group_c / 4, pair = block.x * lanes + t.x;
  const int k = pair / fours_c * 4, c = pair % fours_c * 4;
  const int taps_of_row = (sizes.s + row_taps - 1) / row_taps;
  const int r = block.y / taps_of_row, first_s = block.y % taps_of_row * row_taps;
  const int from_h = r * sizes.dilation_h - sizes.pad_top,
            from_w = first_s * sizes.dilation_w - sizes.pad_left;
  const int pixels = sizes.n * sizes.p * sizes.q, part_begin = block.z * pixels_of_part;
  const int part_end = pixels - part_begin < pixels_of_part ? pixels : part_begin + pixels_of_part;
  const int of_slice = (pixels_of_part + slices - 1) / slices, begin = part_begin + t.y * of_slice;
  const int end = part_end - begin < of_slice ? part_end : begin + of_slice;

  Float4 sums[row_taps][4] = {};
  if (k < sizes.k && begin < end) {
    const float* channels = x + k / sizes.group_k * sizes.group_c + c;
    int q = begin % sizes.q, p = begin / sizes.q % sizes.p, n = begin / sizes.q / sizes.p;
    for (int pixel = begin; pixel < end; ++pixel) {
      const int h = p * sizes.stride_h + from_h;
      if (h >= 0 && h < sizes.h) {
        const Float4 gradient = load4(dy + int64_t{pixel} * sizes.k + k);
        const float* line = channels + (int64_t{n} * sizes.h + h) * sizes.w * sizes.c;
        GRAFT_UNROLL
        for (int s = 0; s < row_taps; ++s) {
          const int w = q * sizes.stride_w + from_w + s * sizes.dilation_w;
          if (w < 0 || w >= sizes.w) continue;
          const Float4 input = load4(line + int64_t{w} * sizes.c);
          multiply_add(sums[s][0], gradient.x, input);
          multiply_add(sums[s][1], gradient.y, input);
          multiply_add(sums[s][2], gradient.z, input);
          multiply_add(sums[s][3], gradient.w, input);
        }
      }
      if (++q < sizes.q) continue;
      q = 0;
      if (++p < sizes.p) continue;
      p = 0;
      ++n;
    }
  }

  const int64_t filter = sizes.filter();
  float* part = dw + int64_t{block.z} * sizes.k * filter;
  GRAFT_UNROLL
  for (int s = 0; s < row_taps; ++s) {
    block_barrier();  // whoever still reads the tap before this one
    GRAFT_UNROLL
    for (int i = 0; i < 4; ++i) shared.sums[t.y][i][t.x] = sums[s][i];
    block_barrier();
    // Warp i adds and writes the thread's filter i.
    if (t.y >= 4 || k >= sizes.k || first_s + s >= sizes.s) continue;
    Float4 sum = shared.sums[0][t.y][t.x];
    for (int i = 1; i < slices; ++i) multiply_add(sum, 1, shared.sums[i][t.y][t.x]);
    store4(part + (k + t.y) * filter + (r * sizes.s + first_s + s) * sizes.group_c + c, sum);
  }
}

}  // namespace

void conv_backward_weights_grouped(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                   const RunContext& context) {
  const SplitSum split = conv_weights_grouped_split(p);
  float* dw = split.parts > 1 ? static_cast<float*>(context.scratch) : floats(args.dw);
  launch("conv_backward_weights_grouped", conv_backward_weights_grouped_kernel,
         {blocks_for(p.k * p.group_c() / 16, lanes), p.r * blocks_for(p.s, row_taps), split.parts},
         {lanes, slices}, sizeof(Shared), context.stream, sizes_of(p), floats(args.x), floats(args.dy), dw,
         static_cast<int>(split.length_of_part));
  if (split.parts > 1)
    launch_add_parts(dw, floats(args.dw), split.parts, p.k, p.r * p.s * p.group_c(), no_epilogue,
                     context.stream);
  launch_conv_bias<float>(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
