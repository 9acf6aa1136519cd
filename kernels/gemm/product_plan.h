#pragma once

#include <ostream>

#include "engine/dtype.h"
#include "kernels/gemm/split_sums.h"

namespace graft {

// How far along the sum a slab reaches, and how many elements are copied at a time: 64 bytes, and 16.
constexpr int64_t slab_steps(DType dtype) { return 64 / static_cast<int64_t>(size_of(dtype)); }
constexpr int64_t piece_of(DType dtype) { return 16 / static_cast<int64_t>(size_of(dtype)); }

// Which tile of a block product a result [m, n] is cut into, and how its sum of length k is split where the
// tiles alone would not fill a GPU. Both depend on the sizes alone, so the same bits come every time.
struct ProductPlan {
  enum class Tile : uint8_t { large, tall, small, narrow };  // 128 x 128, 128 x 64, 64 x 64, 128 x 32
  enum class Operands : uint8_t { matrices, windows };       // the latter have the tall and the small tile

  // `products`: how many such products one launch computes.
  ProductPlan(DType dtype, int64_t m, int64_t n, int64_t k, int64_t products = 1,
              Operands operands = Operands::matrices);

  Tile tile;
  int64_t tiles_m, tiles_n;
  int64_t steps, parts, steps_of_part;  // a step is a slab of k

  // For `results` floats of every part; none where there is one part.
  size_t scratch_bytes(int64_t results) const {
    return parts > 1 ? static_cast<size_t>(parts * results) * sizeof(float) : 0;
  }
};

}  // namespace graft
