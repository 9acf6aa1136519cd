#pragma once

// Included by tensor_core.h when the host compiler compiles. The lanes meet once for a whole tile.

#include <bit>

#include "kernels/vector.h"

namespace graft::GRAFT_TARGET {

GRAFT_UNWATCHED GRAFT_DEVICE uint32_t to_tf32(uint32_t word) {
  return std::isfinite(std::bit_cast<float>(word)) ? (word + 0x1000u) & ~0x1fffu : word;
}

template <int count>
struct MatricesOperand {
  Float4 rows[count];
  uint32_t out[count][4];
};

// Lane l shows row l % 8 of matrix l / 8; lane (g, t) receives word t of row g of each.
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
GRAFT_UNWATCHED GRAFT_DEVICE void load_matrices(uint32_t (&out)[count][4], const void* row, int stride) {
  MatricesOperand<count> mine;
  for (int i = 0; i < count; ++i)
    mine.rows[i] = load4(reinterpret_cast<const float*>(static_cast<const char*>(row) + i * stride));
  warp_together(mine, all_lanes, hand_out_matrices<count>);
  __builtin_memcpy(out, mine.out, sizeof out);
}

// Lane (g, t) receives number g of rows 2 t and 2 t + 1 of each matrix.
template <int count>
GRAFT_UNWATCHED void hand_out_transposed(void* const* operands, uint32_t) {
  for (int lane = 0; lane < warp_size; ++lane) {
    auto& mine = *static_cast<MatricesOperand<count>*>(operands[lane]);
    for (int i = 0; i < count; ++i)
      for (int word = 0; word < 8; ++word) {
        const int matrix = word / 2, row = 2 * (lane % 4) + word % 2;
        const auto& from = *static_cast<MatricesOperand<count>*>(operands[8 * matrix + row]);
        __builtin_memcpy(reinterpret_cast<uint16_t*>(&mine.out[i][matrix]) + word % 2,
                         reinterpret_cast<const uint16_t*>(&from.rows[i]) + lane / 4, 2);
      }
  }
}

template <int count>
GRAFT_UNWATCHED GRAFT_DEVICE void load_transposed(uint32_t (&out)[count][4],
                                                  const bfloat16* const (&rows)[count]) {
  MatricesOperand<count> mine;
  for (int i = 0; i < count; ++i) mine.rows[i] = load4(reinterpret_cast<const float*>(rows[i]));
  warp_together(mine, all_lanes, hand_out_transposed<count>);
  __builtin_memcpy(out, mine.out, sizeof out);
}

// What the multiplier sees of a word: the numbers in it, all of them or one. Of a float it has no lower bits.
template <class Element>
GRAFT_UNWATCHED GRAFT_DEVICE double number_of(uint32_t word, int i) {
  const auto bits = static_cast<uint16_t>(word >> (16 * i));
  if constexpr (std::is_same_v<Element, float>)
    return std::bit_cast<float>(word & ~0x1fffu);
  else if constexpr (std::is_same_v<Element, bfloat16>)
    return std::bit_cast<float>(uint32_t{bits} << 16);
  else
    return static_cast<double>(std::bit_cast<_Float16>(bits));
}

// The products are exact, their sum over the step and c is rounded once. A GPU keeps fewer bits while it
// adds.
template <class Element, int rows, int columns>
GRAFT_UNWATCHED void multiply_tiles(void* const* operands, uint32_t) {
  using Tile = WarpTile<rows, columns>;
  constexpr int steps = steps_of_product<Element>, of_word = steps / 8;
  double a[steps][rows], b[steps][columns];
  for (int lane = 0; lane < warp_size; ++lane) {
    const Tile& tile = *static_cast<Tile*>(operands[lane]);
    const int g = lane / 4, t = lane % 4;
    for (int half = 0; half < of_word; ++half) {
      for (int i = 0; i < rows / 16; ++i)
        for (int e = 0; e < 4; ++e)
          a[(t + e / 2 * 4) * of_word + half][16 * i + g + e % 2 * 8] =
              number_of<Element>(tile.a[i][e], half);
      for (int j = 0; j < columns / 8; ++j)
        for (int e = 0; e < 2; ++e)
          b[(t + 4 * e) * of_word + half][8 * j + g] = number_of<Element>(tile.b[j][e], half);
    }
  }
  for (int column = 0; column < columns; ++column) {
    double sums[rows] = {};
    for (int k = 0; k < steps; ++k)
      for (int row = 0; row < rows; ++row) sums[row] += a[k][row] * b[k][column];
    for (int row = 0; row < rows; ++row) {
      Tile& tile = *static_cast<Tile*>(operands[row % 8 * 4 + column % 8 / 2]);
      float& c = tile.c[row / 16][column / 8][row / 8 % 2 * 2 + column % 2];
      c = static_cast<float>(c + sums[row]);
    }
  }
}

template <class Element, int rows, int columns>
GRAFT_UNWATCHED GRAFT_DEVICE void multiply_add(WarpTile<rows, columns>& tile) {
  warp_together(tile, all_lanes, multiply_tiles<Element, rows, columns>);
}

}  // namespace graft::GRAFT_TARGET
