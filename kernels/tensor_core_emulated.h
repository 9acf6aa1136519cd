#pragma once

// Included by tensor_core.h when the host compiler compiles. The lanes meet once for a whole tile.

#include <bit>

#include "kernels/vector.h"

namespace graft::GRAFT_TARGET {

GRAFT_UNWATCHED GRAFT_DEVICE float to_tf32(float value) {
  if (!std::isfinite(value)) return value;
  return std::bit_cast<float>((std::bit_cast<uint32_t>(value) + 0x1000u) & ~0x1fffu);
}

// What the multiplier sees of an operand: it has no lower bits.
GRAFT_UNWATCHED GRAFT_DEVICE float tf32_of(float value) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(value) & ~0x1fffu);
}

// Lane l reads one row of 16 bytes: row l % 8 of matrix l / 8. Lane (g, t) receives word t of row g of each.
template <int count>
struct MatricesOperand {
  Float4 rows[count];
  float out[count][4];
};

template <int count>
GRAFT_UNWATCHED void hand_out_matrices(void* const* operands, uint32_t) {
  for (int lane = 0; lane < warp_size; ++lane) {
    auto& mine = *static_cast<MatricesOperand<count>*>(operands[lane]);
    for (int i = 0; i < count; ++i)
      for (int matrix = 0; matrix < 4; ++matrix) {
        const auto& from = *static_cast<MatricesOperand<count>*>(operands[8 * matrix + lane / 4]);
        __builtin_memcpy(&mine.out[i][matrix], reinterpret_cast<const float*>(&from.rows[i]) + lane % 4, 4);
      }
  }
}

template <int count>
GRAFT_UNWATCHED GRAFT_DEVICE void load_matrices(float (&out)[count][4], const float* row, int stride) {
  MatricesOperand<count> mine;
  for (int i = 0; i < count; ++i) mine.rows[i] = load4(row + i * stride);
  warp_together(mine, all_lanes, hand_out_matrices<count>);
  __builtin_memcpy(out, mine.out, sizeof out);
}

// The products are exact, their sum of eight and c is rounded once. A GPU keeps fewer bits while it adds.
template <int rows, int columns>
GRAFT_UNWATCHED void multiply_tiles(void* const* operands, uint32_t) {
  using Tile = WarpTile<rows, columns>;
  double a[8][rows], b[8][columns];
  for (int lane = 0; lane < warp_size; ++lane) {
    const Tile& tile = *static_cast<Tile*>(operands[lane]);
    const int g = lane / 4, t = lane % 4;
    for (int i = 0; i < rows / 16; ++i)
      for (int e = 0; e < 4; ++e) a[t + e / 2 * 4][16 * i + g + e % 2 * 8] = tf32_of(tile.a[i][e]);
    for (int j = 0; j < columns / 8; ++j)
      for (int e = 0; e < 2; ++e) b[t + 4 * e][8 * j + g] = tf32_of(tile.b[j][e]);
  }
  for (int column = 0; column < columns; ++column) {
    double sums[rows] = {};
    for (int k = 0; k < 8; ++k)
      for (int row = 0; row < rows; ++row) sums[row] += a[k][row] * b[k][column];
    for (int row = 0; row < rows; ++row) {
      Tile& tile = *static_cast<Tile*>(operands[row % 8 * 4 + column % 8 / 2]);
      float& c = tile.c[row / 16][column / 8][row / 8 % 2 * 2 + column % 2];
      c = static_cast<float>(c + sums[row]);
    }
  }
}

template <int rows, int columns>
GRAFT_UNWATCHED GRAFT_DEVICE void multiply_add_tf32(WarpTile<rows, columns>& tile) {
  warp_together(tile, all_lanes, multiply_tiles<rows, columns>);
}

}  // namespace graft::GRAFT_TARGET
