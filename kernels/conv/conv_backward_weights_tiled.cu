#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/tile_product.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// Row i is place i of a filter of one group, along the output pixels: the input that each reads there, zero
// in the padding.
struct InputTaps {
  static constexpr bool k_neighbours = false;
  ConvSizes sizes;
  const float* x;  // [N, H, W, C], at the group's first channel
  int64_t pixels_end;

  struct Row {
    int h, w, c;  // from the window's corner
    bool inside;
  };
  struct Depth {
    const float* image;
    int h, w;  // of the window's corner
    bool inside;
  };
  GRAFT_DEVICE Row row(int64_t i) const {
    const int tap = static_cast<int>(i) / sizes.group_c, r = tap / sizes.s;
    return {r * sizes.dilation_h, (tap - r * sizes.s) * sizes.dilation_w, static_cast<int>(i) % sizes.group_c,
            r < sizes.r};
  }
  GRAFT_DEVICE Depth depth(int64_t i) const {
    const int q = static_cast<int>(i % sizes.q), p = static_cast<int>(i / sizes.q % sizes.p);
    const int64_t n = i / sizes.q / sizes.p;
    return {x + n * sizes.h * sizes.w * sizes.c, p * sizes.stride_h - sizes.pad_top,
            q * sizes.stride_w - sizes.pad_left, i < pixels_end};
  }
  GRAFT_DEVICE float at(const Row& row, const Depth& depth) const {
    const int h = row.h + depth.h, w = row.w + depth.w;
    if (!row.inside || !depth.inside || h < 0 || h >= sizes.h || w < 0 || w >= sizes.w) return 0;
    return depth.image[(int64_t{h} * sizes.w + w) * sizes.c + row.c];
  }
};

// See tile_product.h for the tile: 64 filters by 64 places in a filter of one group, the sum along a part of
// the pixels. x: [N, H, W, C]; dy: [N, P, Q, K]; dw: [parts, K, R, S, C / groups]
GRAFT_KERNEL_BOUNDED(product_threads)
void conv_backward_weights_tiled_kernel(ConvSizes sizes, const float* x, const float* dy, float* dw,
                                        int64_t parts, int64_t pixels_of_part) {
  auto& shared = shared_memory<TileProductShared>();
  const Int3 block = block_index();
  const int64_t part = block.z % parts, group = block.z / parts;
  const int64_t pixels = int64_t{sizes.n} * sizes.p * sizes.q, filter = sizes.filter();
  const int64_t begin = part * pixels_of_part,
                end = begin + pixels_of_part < pixels ? begin + pixels_of_part : pixels;
  const Matrix<false> gradients{dy + group * sizes.group_k, sizes.group_k, end, sizes.k};
  const InputTaps taps{sizes, x + group * sizes.group_c, end};
  float* out = dw + (part * sizes.k + group * sizes.group_k) * filter;
  tile_product(shared, gradients, taps, int64_t{block.x} * tile_m, int64_t{block.y} * tile_n, begin, end,
               [&](int64_t k, int64_t place, float sum) {
                 if (k < sizes.group_k && place < filter) out[k * filter + place] = sum;
               });
}

}  // namespace

void conv_backward_weights_tiled(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                 const RunContext& context) {
  const SplitSum split = conv_weights_tiled_split(p);
  const int64_t filter = p.r * p.s * p.group_c();
  float* dw = floats(args.dw);
  float* partial = split.parts > 1 ? static_cast<float*>(context.scratch) : dw;
  launch("conv_backward_weights_tiled", conv_backward_weights_tiled_kernel,
         {blocks_for(p.group_k(), tile_m), blocks_for(filter, tile_n), p.groups * split.parts},
         {tile_n / part_n, tile_m / part_m}, sizeof(TileProductShared), context.stream, sizes_of(p),
         floats(args.x), floats(args.dy), partial, split.parts, split.length_of_part);
  if (split.parts > 1) launch_add_parts(partial, dw, split.parts, p.k, filter, no_epilogue, context.stream);
  launch_conv_bias<float>(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
