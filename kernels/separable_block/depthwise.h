#pragma once

#include "kernels/separable_block/expanded_rows.h"
#include "kernels/separable_block/lines.h"

namespace graft::separable_block {

template <int size, int stride, int vectors, class T>
GRAFT_INLINE inline void convolve_columns(const Strips& s, const float* const (&rows)[size],
                                          const float* filters, const ActivationBounds& bounds,
                                          T* convolved) {
  const ActivationBounds here = bounds;
  const int64_t outputs = s.depthwise.q(), pitch = s.convolved_pitch;
  for (int64_t first = 0; first < outputs; first += columns) {
    Vectors<vectors> sums[columns];
#pragma GCC unroll 8
    for (int i = 0; i < columns; ++i) load(filters + size * size * block, sums[i]);
    for (int r = 0; r < size; ++r) {
      const float *x = rows[r] + first * stride * block, *filter = filters + r * size * block;
      asm("" : "+r"(x));  // one pointer, and distances known to the compiler
      Vectors<vectors> taps[size];
#pragma GCC unroll 8
      for (int c = 0; c < size; ++c) load(filter + c * block, taps[c]);
#pragma GCC unroll 32
      for (int i = 0; i < (columns - 1) * stride + size; ++i) {
        Vectors<vectors> pixel;
        load(x + i * block, pixel);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) asm("" : "+v"(pixel[v]));  // loaded once for all taps
#pragma GCC unroll 8
        for (int c = 0; c < size; ++c)
          if (c <= i && (i - c) % stride == 0 && (i - c) / stride < columns)
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v) sums[(i - c) / stride][v] += pixel[v] * taps[c][v];
      }
    }
    T* to = convolved + first * pitch;
#pragma GCC unroll 8
    for (int i = 0; i < columns; ++i) {
      clip(here, sums[i]);
      if (first + i < outputs) store(sums[i], to + i * pitch);
    }
  }
}

// Row `row` of a strip's outputs, of so many vectors of a block of channels. filters[taps + 1][32]: the last
// is the bias. A function of its own has the registers for itself: a fifth faster.
template <int size, int stride, int vectors, class T>
__attribute__((noinline)) void convolve_row(const Strips& s, const ExpandedRows& expanded, int64_t row,
                                            const float* filters, const ActivationBounds& bounds,
                                            T* convolved) {
  const float* rows[size];
  for (int r = 0; r < size; ++r) rows[r] = expanded.row(row * stride + r);
  with_avx512(
      [&]() GRAFT_INLINE { convolve_columns<size, stride, vectors>(s, rows, filters, bounds, convolved); });
}

}  // namespace graft::separable_block
