#pragma once

#include "kernels/separable_block/expansion.h"

namespace graft::separable_block {

GRAFT_INLINE inline void load_block(const float* from, Floats<64> (&to)[2]) {
  to[0] = vector_at<64>(from);
  to[1] = vector_at<64>(from + lanes<64>);
}

// Row `row` of a strip's outputs, of a block of channels. filters[taps + 1][32]: the last is the bias.
template <int size, int stride>
GRAFT_INLINE inline void convolve_row(const Strips& s, const ExpandedRows& expanded, int64_t row,
                                      const float* filters, const ActivationBounds& bounds,
                                      bfloat16* convolved) {
  using Vector = Floats<64>;
  const ActivationBounds here = bounds;
  const int64_t outputs = s.p.q(), pitch = s.convolved_pitch;
  const float* rows[size];
  for (int r = 0; r < size; ++r) rows[r] = expanded.row(row * stride + r);
  for (int64_t first = 0; first < outputs; first += columns) {
    Vector sums[columns][2];
#pragma GCC unroll 8
    for (int i = 0; i < columns; ++i) load_block(filters + size * size * block, sums[i]);
    for (int r = 0; r < size; ++r) {
      const float *x = rows[r] + first * stride * block, *filter = filters + r * size * block;
      Vector taps[size][2];
#pragma GCC unroll 8
      for (int c = 0; c < size; ++c) load_block(filter + c * block, taps[c]);
#pragma GCC unroll 32
      for (int i = 0; i < (columns - 1) * stride + size; ++i) {
        Vector pixel[2];
        load_block(x + i * block, pixel);
#pragma GCC unroll 8
        for (int c = 0; c < size; ++c)
          if (c <= i && (i - c) % stride == 0 && (i - c) / stride < columns) {
            sums[(i - c) / stride][0] += pixel[0] * taps[c][0];
            sums[(i - c) / stride][1] += pixel[1] * taps[c][1];
          }
      }
    }
    bfloat16* to = convolved + first * pitch;
#pragma GCC unroll 8
    for (int i = 0; i < columns; ++i) {
      here.clip(sums[i][0]);
      here.clip(sums[i][1]);
      if (first + i < outputs) round(sums[i][0], sums[i][1], line_at(to + i * pitch));
    }
  }
}

}  // namespace graft::separable_block
