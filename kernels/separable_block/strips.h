#pragma once

#include <algorithm>

#include "kernels/amx_products.h"
#include "kernels/separable_block/separable_block.h"

namespace graft::separable_block {

constexpr int64_t block = 32;   // expanded channels that are made and convolved before the next are
constexpr int64_t columns = 7;  // outputs computed side by side; of ImageNet's maps every width is a multiple

using amx::ceil_divide;
constexpr int64_t whole_blocks(int64_t channels) { return ceil_divide(channels, block) * block; }
// Of pixels that tiles read: an odd number of lines, so that neighbours do not fall into the same few sets of
// the nearest cache.
constexpr int64_t pitch_of(int64_t channels) {
  return whole_blocks(channels) + (ceil_divide(channels, block) % 2 == 0 ? block : 0);
}

// What an output of the first convolution reads.
inline int64_t patch_size(const ConvProblem& p) { return p.r * p.s * p.c; }

// Rows of an image's outputs that a thread computes at once.
struct Strip {
  int64_t image, first_row, rows;
  int64_t first_input, inputs;  // rows of the expanded map that it reads
  int64_t padding;              // rows above them
};

// How the outputs are divided into strips, and what a strip has in memory: what the first convolution reads,
// a few rows of a block of expanded channels, and the convolved pixels.
class Strips {
 public:
  // At least `fewest`, where there are so many rows.
  Strips(const SeparableBlockProblem& problem, int64_t fewest)
      : p(problem.depthwise),
        expand(problem.expand),
        input_pitch(pitch_of(patch_size(expand))),
        convolved_pitch(pitch_of(p.c)),
        row_pixels(
            std::max((ceil_divide(p.q(), columns) * columns - 1) * p.stride_w + p.s, p.pad_left + p.w)) {
    int64_t most = 1;
    while (most < p.p() && bytes_of(most + 1) <= cached_bytes) ++most;
    const int64_t wanted = std::min(ceil_divide(fewest, p.n), p.p());
    rows_ = ceil_divide(p.p(), std::max(ceil_divide(p.p(), most), wanted));
    of_image_ = ceil_divide(p.p(), rows_);
  }

  int64_t count() const { return p.n * of_image_; }
  Strip strip(int64_t index) const {
    const int64_t first = index % of_image_ * rows_, rows = std::min(rows_, p.p() - first);
    const int64_t begin = first * p.stride_h - p.pad_top, end = begin + rows_read(rows);
    const int64_t top = std::clamp<int64_t>(begin, 0, p.h), bottom = std::clamp<int64_t>(end, 0, p.h);
    return {index / of_image_, first, rows, top, bottom - top, top - begin};
  }

  // Rows that are expanded at once: so many that going from tiles to vectors and back costs little.
  int64_t rows_at_once() const { return std::min(ceil_divide(pixels_at_once, p.w), p.h); }
  int64_t rows_kept() const { return p.r + rows_at_once() - 1; }
  int64_t row_size() const { return row_pixels * block; }

  int64_t input_size() const { return rows_read(rows_) * p.w * input_pitch; }
  int64_t expanded_size() const { return rows_kept() * row_size(); }
  size_t bytes() const { return (bytes_of(rows_) + 63) / 64 * 64; }

  const ConvProblem p;  // the depthwise convolution
  const ConvProblem expand;
  const int64_t input_pitch, convolved_pitch;
  const int64_t row_pixels;  // of an expanded row with its padding

 private:
  static constexpr int64_t pixels_at_once = 448;
  static constexpr size_t cached_bytes = size_t{1} << 20;  // half of a thread's second cache

  int64_t rows_read(int64_t rows) const { return (rows - 1) * p.stride_h + p.r; }
  size_t bytes_of(int64_t rows) const {
    return expanded_size() * sizeof(float) +
           (rows_read(rows) * p.w * input_pitch + rows * p.q() * convolved_pitch) * sizeof(bfloat16);
  }

  int64_t rows_, of_image_;
};

}  // namespace graft::separable_block
