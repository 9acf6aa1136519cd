#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/add_parts.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int lanes = 32, slices = 8;

struct Shared {
  float partial[slices][lanes];
};

// A block computes one tap of 32 neighbouring (filter, channel) pairs over a part of the pixels; its eight
// warps take a slice each, added in order. Neighbours read neighbouring channels; depthwise ones,
// neighbouring filters. x: [N, H, W, C]; dy: [N, P, Q, K]; dw: [parts, K, R, S, C / groups]
GRAFT_KERNEL_BOUNDED(lanes* slices)
void conv_backward_weights_direct_kernel(ConvSizes sizes, const float* x, const float* dy, float* dw,
                                         int64_t pixels_of_part) {
  auto& shared = shared_memory<Shared>();
  const Int3 t = thread_index(), block = block_index();
  const int64_t pair = int64_t{block.x} * lanes + t.x, pixels = int64_t{sizes.n} * sizes.p * sizes.q;
  const bool inside = pair < int64_t{sizes.k} * sizes.group_c;
  const int k = static_cast<int>(pair / sizes.group_c), c = static_cast<int>(pair % sizes.group_c);
  const int r = block.y / sizes.s, s = block.y % sizes.s;
  const int from_h = r * sizes.dilation_h - sizes.pad_top, from_w = s * sizes.dilation_w - sizes.pad_left;
  const int64_t part_begin = block.z * pixels_of_part;
  const int64_t part_end = part_begin + pixels_of_part < pixels ? part_begin + pixels_of_part : pixels;
  const int64_t slice = (pixels_of_part + slices - 1) / slices, begin = part_begin + t.y * slice;
  const int64_t end = begin + slice < part_end ? begin + slice : part_end;

  float sum = 0;
  if (inside && begin < end) {
    const float* channel = x + k / sizes.group_k * sizes.group_c + c;
    int q = static_cast<int>(begin % sizes.q), p = static_cast<int>(begin / sizes.q % sizes.p);
    int64_t n = begin / sizes.q / sizes.p;
    for (int64_t pixel = begin; pixel < end; ++pixel) {
      const int h = p * sizes.stride_h + from_h, w = q * sizes.stride_w + from_w;
      if (h >= 0 && h < sizes.h && w >= 0 && w < sizes.w)
        sum += dy[pixel * sizes.k + k] * channel[((n * sizes.h + h) * sizes.w + w) * sizes.c];
      if (++q < sizes.q) continue;
      q = 0;
      if (++p < sizes.p) continue;
      p = 0;
      ++n;
    }
  }
  shared.partial[t.y][t.x] = sum;
  block_barrier();
  if (t.y != 0 || !inside) return;
  for (int i = 1; i < slices; ++i) sum += shared.partial[i][t.x];
  dw[((int64_t{block.z} * sizes.k + k) * sizes.r * sizes.s + block.y) * sizes.group_c + c] = sum;
}

}  // namespace

void conv_backward_weights_direct(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                  const RunContext& context) {
  const SplitSum split = conv_weights_direct_split(p);
  float* dw = floats(args.dw);
  float* partial = split.parts > 1 ? static_cast<float*>(context.scratch) : dw;
  launch("conv_backward_weights_direct", conv_backward_weights_direct_kernel,
         {blocks_for(p.k * p.group_c(), lanes), p.r * p.s, split.parts}, {lanes, slices}, sizeof(Shared),
         context.stream, sizes_of(p), floats(args.x), floats(args.dy), partial, split.length_of_part);
  if (split.parts > 1)
    launch_add_parts(partial, dw, split.parts, p.k, p.r * p.s * p.group_c(), no_epilogue, context.stream);
  launch_conv_bias<float>(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
