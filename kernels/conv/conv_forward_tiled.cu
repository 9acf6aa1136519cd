#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/tile_product.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// Row i is the window of output pixel i, along R, S, C of one group; zero in the padding.
struct InputWindows {
  static constexpr bool k_neighbours = true;
  ConvSizes sizes;
  const float* x;  // [N, H, W, C], at the group's first channel

  struct Row {
    const float* image;
    int h, w;  // of the window's corner
    bool inside;
  };
  struct Depth {
    int h, w, c;  // from the corner
    bool inside;
  };
  GRAFT_DEVICE Row row(int64_t i) const {
    const int q = static_cast<int>(i % sizes.q), p = static_cast<int>(i / sizes.q % sizes.p);
    const int64_t n = i / sizes.q / sizes.p;
    return {x + n * sizes.h * sizes.w * sizes.c, p * sizes.stride_h - sizes.pad_top,
            q * sizes.stride_w - sizes.pad_left, n < sizes.n};
  }
  GRAFT_DEVICE Depth depth(int64_t k) const {
    const int tap = static_cast<int>(k) / sizes.group_c, r = tap / sizes.s;
    return {r * sizes.dilation_h, (tap - r * sizes.s) * sizes.dilation_w, static_cast<int>(k) % sizes.group_c,
            r < sizes.r};
  }
  GRAFT_DEVICE float at(const Row& row, const Depth& depth) const {
    const int h = row.h + depth.h, w = row.w + depth.w;
    if (!row.inside || !depth.inside || h < 0 || h >= sizes.h || w < 0 || w >= sizes.w) return 0;
    return row.image[(int64_t{h} * sizes.w + w) * sizes.c + depth.c];
  }
};

// See tile_product.h for the tile: 64 output pixels by 64 filters of one group, the sum along the filter.
// x: [N, H, W, C]; w: [K, R, S, C / groups]; y: [N, P, Q, K],
// pixels y_pitch apart
GRAFT_KERNEL_BOUNDED(product_threads)
void conv_forward_tiled_kernel(ConvSizes sizes, const float* x, const float* w, float* y, Epilogue epilogue) {
  auto& shared = shared_memory<TileProductShared>();
  const Int3 block = block_index();
  const int first_k = block.z * sizes.group_k;
  const int64_t pixels = int64_t{sizes.n} * sizes.p * sizes.q, filter = sizes.filter();
  const InputWindows windows{sizes, x + block.z * sizes.group_c};
  const Matrix<true> filters{w + first_k * filter, sizes.group_k, filter, filter};
  tile_product(shared, windows, filters, int64_t{block.x} * tile_m, int64_t{block.y} * tile_n, 0, filter,
               [&](int64_t pixel, int64_t n, float sum) {
                 if (pixel >= pixels || n >= sizes.group_k) return;
                 const int k = first_k + static_cast<int>(n);
                 const int64_t at = pixel * sizes.y_pitch + k;
                 y[at] = epilogue(sum, k, at);
               });
}

}  // namespace

void conv_forward_tiled(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  launch("conv_forward_tiled", conv_forward_tiled_kernel,
         {blocks_for(p.n * p.p() * p.q(), tile_m), blocks_for(p.group_k(), tile_n), p.groups},
         {tile_n / part_n, tile_m / part_m}, sizeof(TileProductShared), context.stream, sizes_of(p, args.y),
         floats(args.x), floats(args.w), floats(args.y), epilogue_of(p, args));
}

}  // namespace graft::GRAFT_TARGET
