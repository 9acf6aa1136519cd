#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/tile_product.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// Row i is what reaches input pixel i, along R, S, K of one group: the gradient of the output that read the
// pixel through that tap, or zero.
struct OutputGradients {
  static constexpr bool k_neighbours = true;
  ConvSizes sizes;
  const float* dy;  // [N, P, Q, K], at the group's first filter

  struct Row {
    const float* image;
    int h, w;  // in the padded input
    bool inside;
  };
  struct Depth {
    int h, w, k;
    bool inside;
  };
  GRAFT_DEVICE Row row(int64_t i) const {
    const int w = static_cast<int>(i % sizes.w), h = static_cast<int>(i / sizes.w % sizes.h);
    const int64_t n = i / sizes.w / sizes.h;
    return {dy + n * sizes.p * sizes.q * sizes.k, h + sizes.pad_top, w + sizes.pad_left, n < sizes.n};
  }
  GRAFT_DEVICE Depth depth(int64_t i) const {
    const int tap = static_cast<int>(i / sizes.group_k), r = tap / sizes.s;
    return {r * sizes.dilation_h, (tap - r * sizes.s) * sizes.dilation_w, static_cast<int>(i % sizes.group_k),
            r < sizes.r};
  }
  GRAFT_DEVICE float at(const Row& row, const Depth& depth) const {
    const int h = row.h - depth.h, w = row.w - depth.w;
    if (!row.inside || !depth.inside || h < 0 || w < 0) return 0;
    const int p = h / sizes.stride_h, q = w / sizes.stride_w;
    if (p * sizes.stride_h != h || q * sizes.stride_w != w || p >= sizes.p || q >= sizes.q) return 0;
    return row.image[(int64_t{p} * sizes.q + q) * sizes.k + depth.k];
  }
};

// Row i is input channel i of the group, along R, S, K.
struct FilterChannels {
  static constexpr bool k_neighbours = false;
  ConvSizes sizes;
  const float* w;  // [K, R, S, C / groups], at the group's first filter

  using Row = int64_t;  // -1: beyond the end
  GRAFT_DEVICE Row row(int64_t i) const { return i < sizes.group_c ? i : -1; }
  GRAFT_DEVICE int64_t depth(int64_t i) const {
    const int64_t tap = i / sizes.group_k, k = i % sizes.group_k;
    return tap < sizes.r * sizes.s ? k * sizes.filter() + tap * sizes.group_c : -1;
  }
  GRAFT_DEVICE float at(Row row, int64_t depth) const {
    return row >= 0 && depth >= 0 ? w[depth + row] : 0.0f;
  }
};

// See tile_product.h for the tile: 64 input pixels by 64 channels of one group. Each gathers, so nothing is
// added concurrently. dy: [N, P, Q, K]; w: [K, R, S, C / groups]; dx: [N, H, W, C]
GRAFT_KERNEL_BOUNDED(product_threads)
void conv_backward_data_tiled_kernel(ConvSizes sizes, const float* dy, const float* w, float* dx) {
  auto& shared = shared_memory<TileProductShared>();
  const Int3 block = block_index();
  const int64_t pixels = int64_t{sizes.n} * sizes.h * sizes.w, first_k = int64_t{block.z} * sizes.group_k;
  const OutputGradients gradients{sizes, dy + first_k};
  const FilterChannels channels{sizes, w + first_k * sizes.filter()};
  tile_product(shared, gradients, channels, int64_t{block.x} * tile_m, int64_t{block.y} * tile_n, 0,
               int64_t{sizes.r} * sizes.s * sizes.group_k, [&](int64_t pixel, int64_t c, float sum) {
                 if (pixel < pixels && c < sizes.group_c)
                   dx[pixel * sizes.c + block.z * sizes.group_c + c] = sum;
               });
}

}  // namespace

void conv_backward_data_tiled(const ConvProblem& p, const ConvBackwardData::Args& args,
                              const RunContext& context) {
  launch("conv_backward_data_tiled", conv_backward_data_tiled_kernel,
         {blocks_for(p.n * p.h * p.w, tile_m), blocks_for(p.group_c(), tile_n), p.groups},
         {tile_n / part_n, tile_m / part_m}, sizeof(TileProductShared), context.stream, sizes_of(p),
         floats(args.dy), floats(args.w), floats(args.dx));
}

}  // namespace graft::GRAFT_TARGET
