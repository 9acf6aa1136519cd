#include "kernels/gemm/product_plan.h"

namespace graft {

namespace {

constexpr int64_t least_of_part = 128;  // a shorter part costs more to add than to compute
constexpr int64_t enough_blocks = 264;  // two for each of an H100's 132 multiprocessors

int64_t tiles(int64_t size, int64_t tile) { return (size + tile - 1) / tile; }

// The narrow tile multiplies at least a quarter fewer zeros than 64 columns would; the largest, hardly more
// than the small one, and there must be work for all multiprocessors.
ProductPlan::Tile choose_tile(int64_t m, int64_t n, int64_t k, int64_t products,
                              ProductPlan::Operands operands) {
  using Tile = ProductPlan::Tile;
  const bool matrices = operands == ProductPlan::Operands::matrices;
  if (matrices && m > 64 && n <= 96 && 4 * 32 * tiles(n, 32) <= 3 * 64 * tiles(n, 64)) return Tile::narrow;
  const int64_t columns = matrices ? 128 : 64, largest = tiles(m, 128) * tiles(n, columns);
  const int64_t small = tiles(m, 64) * tiles(n, 64);
  const bool few_zeros = 4 * largest * 128 * columns <= 5 * small * 64 * 64;
  const bool enough_work =
      products * largest * std::max<int64_t>(1, k / (2 * least_of_part)) >= enough_blocks / 2;
  return !few_zeros || !enough_work ? Tile::small : matrices ? Tile::large : Tile::tall;
}

int64_t rows_of(ProductPlan::Tile tile) { return tile == ProductPlan::Tile::small ? 64 : 128; }
int64_t columns_of(ProductPlan::Tile tile) {
  return tile == ProductPlan::Tile::large ? 128 : tile == ProductPlan::Tile::narrow ? 32 : 64;
}

}  // namespace

ProductPlan::ProductPlan(DType dtype, int64_t m, int64_t n, int64_t k, int64_t products, Operands operands)
    : tile(choose_tile(m, n, k, products, operands)),
      tiles_m(tiles(m, rows_of(tile))),
      tiles_n(tiles(n, columns_of(tile))),
      steps(tiles(k, slab_steps(dtype))) {
  // Without a split where the tiles fill half of what would be enough: adding parts is not free.
  const int64_t blocks = products * tiles_m * tiles_n;
  const SplitSum split(steps, 2 * blocks > enough_blocks ? 512 : blocks, least_of_part / slab_steps(dtype));
  parts = split.parts;
  steps_of_part = split.length_of_part;
}

}  // namespace graft
