#pragma once

#include <algorithm>

#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// Of a row of an image and its padding, as many numbers as patches read.
inline int64_t padded_row(const ConvProblem& p) { return ((p.q() - 1) * p.stride_w + p.s) * p.c; }

// Pixels are read where they are, patches from rows that are copied with their padding.
inline InputLayout float_layout(const ConvProblem& p) {
  if (p.r * p.s == 1) return {.pixel = p.c, .row = p.w * p.c, .copied = false};
  const int64_t row = padded_row(p);
  return {.pixel = p.stride_w * p.c,
          .row = p.stride_h * row,
          .patch_row = row,
          .behind = (p.r - p.stride_h) * row};
}

inline void copy_padded_rows(const ConvProblem& p, const Strip& strip, const float* image, float* to) {
  const int64_t size = padded_row(p), left = std::min(p.pad_left * p.c, size),
                inside = std::min(p.w * p.c, size - left);
  const int64_t first = strip.first_input * p.stride_h - p.pad_top,
                last = first + (strip.inputs - 1) * p.stride_h + p.r;
  for (int64_t h = first; h < last; ++h, to += size) {
    const int64_t numbers = h >= 0 && h < p.h ? inside : 0;
    std::fill_n(to, left, 0.0f);
    if (numbers > 0) std::copy_n(image + h * p.w * p.c, numbers, to + left);
    std::fill(to + left + numbers, to + size, 0.0f);
  }
}

}  // namespace graft::separable_block
