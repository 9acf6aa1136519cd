#include "kernels/gemm/product_plan.h"

namespace graft {

namespace {

constexpr int64_t step = 16;            // of k
constexpr int64_t least_of_part = 128;  // a shorter part costs more to add than to compute
constexpr int64_t enough_blocks = 264;  // two for each of an H100's 132 multiprocessors

int64_t tiles(int64_t size, int64_t tile) { return (size + tile - 1) / tile; }

// The narrow tile multiplies at least a quarter fewer zeros than 64 columns would; the large one, hardly more
// zeros than the small one, and there must be work for all multiprocessors.
ProductPlan::Tile choose_tile(int64_t m, int64_t n, int64_t k, int64_t products, bool narrow_too) {
  if (narrow_too && m > 64 && n <= 96 && 4 * 32 * tiles(n, 32) <= 3 * 64 * tiles(n, 64))
    return ProductPlan::Tile::narrow;
  const int64_t large = tiles(m, 128) * tiles(n, 128), small = tiles(m, 64) * tiles(n, 64);
  const int64_t blocks = products * large * std::max<int64_t>(1, k / (4 * least_of_part));
  return 16 * large <= 5 * small && blocks >= enough_blocks / 2 ? ProductPlan::Tile::large
                                                                : ProductPlan::Tile::small;
}

}  // namespace

ProductPlan::ProductPlan(int64_t m, int64_t n, int64_t k, int64_t products, bool narrow_too)
    : tile(choose_tile(m, n, k, products, narrow_too)),
      tiles_m(tiles(m, tile == Tile::small ? 64 : 128)),
      tiles_n(tiles(n, tile == Tile::large   ? 128
                       : tile == Tile::small ? 64
                                             : 32)) {
  // Without a split where the tiles fill half of what would be enough: adding parts is not free.
  const int64_t blocks = products * tiles_m * tiles_n;
  const SplitSum split(tiles(k, step), 2 * blocks > enough_blocks ? 512 : blocks, least_of_part / step);
  parts = split.parts;
  k_of_part = split.length_of_part * step;
}

}  // namespace graft
