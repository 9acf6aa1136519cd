#pragma once

#include <algorithm>

#include "kernels/ceil_divide.h"
#include "kernels/separable_block/separable_block.h"

namespace graft::separable_block {

constexpr int64_t block = 32;   // expanded channels that are made and convolved before the next are
constexpr int64_t columns = 7;  // outputs computed side by side; of ImageNet's maps every width is a multiple

constexpr int64_t whole_blocks(int64_t channels) { return ceil_divide(channels, block) * block; }
// Of pixels side by side in memory: an odd number of a cache's lines, so that neighbours do not fall into the
// same few sets of the nearest cache.
constexpr int64_t pitch_of(int64_t channels, int64_t element_bytes) {
  const int64_t of_line = 64 / element_bytes, lines = ceil_divide(channels, of_line);
  return (lines + (lines % 2 == 0)) * of_line;
}

// What an output of the first convolution reads.
inline int64_t patch_size(const ConvProblem& p) { return p.r * p.s * p.c; }

// How many rows of the expanded map so many rows of the depthwise convolution's outputs read, padding and
// all.
inline int64_t rows_read(const ConvProblem& depthwise, int64_t rows) {
  return (rows - 1) * depthwise.stride_h + depthwise.r;
}

// Rows of an image's outputs that a thread computes at once.
struct Strip {
  int64_t image, first_row, rows;
  int64_t first_input, inputs;  // rows of the expanded map that it reads
  int64_t padding;              // rows above them
};

// Where the numbers lie that a pixel of the expanded map is made from: so many elements behind those of the
// pixel, and of the row, before; and how far it is from one row of a patch to the next.
struct InputLayout {
  int64_t pixel, row, patch_row = 0;
  bool copied = true;  // else they are read where they are
  int64_t behind = 0;  // of a copy: what the last row needs beside its own

  // What follows it begins a line of the caches.
  int64_t size(int64_t rows) const { return copied ? ceil_divide(rows * row + behind, 32) * 32 : 0; }
};

// What the dense products need of a strip.
struct StripNeeds {
  int64_t element_bytes;
  int64_t pixels_at_once;  // that are expanded
  bool half_blocks;        // a last block of up to 16 channels is computed as 16
  InputLayout (*inputs)(const ConvProblem& expand);
};

// How the outputs are divided into strips, and what one has in memory: what the first convolution reads,
// where that is copied, and the convolved pixels; and, of each thread, a few rows of a block of expanded
// channels.
class Strips {
 public:
  // Of ceil(rows / of_image) rows each, or of fewer where the cache holds no more.
  Strips(const SeparableBlockProblem& problem, int64_t of_image, const StripNeeds& needs)
      : depthwise(problem.depthwise),
        expand(problem.expand),
        inputs(needs.inputs(expand)),
        convolved_pitch(pitch_of(depthwise.c, needs.element_bytes)),
        row_size(block * std::max((ceil_divide(depthwise.q(), columns) * columns - 1) * depthwise.stride_w +
                                      depthwise.s,
                                  depthwise.pad_left + depthwise.w)),
        rows_at_once(inputs.row == depthwise.w * inputs.pixel
                         ? std::min(ceil_divide(needs.pixels_at_once, depthwise.w), depthwise.h)
                         : 1),
        rows_kept(depthwise.r + rows_at_once - 1),
        element_bytes_(needs.element_bytes) {
    int64_t most = 1;
    while (most < depthwise.p() && expanded_bytes() + bytes_of(most + 1) <= cached_bytes) ++most;
    rows_ = ceil_divide(depthwise.p(), std::max(ceil_divide(depthwise.p(), most), of_image));
    of_image_ = ceil_divide(depthwise.p(), rows_);
  }

  int64_t of_image() const { return of_image_; }
  int64_t count() const { return depthwise.n * of_image_; }
  Strip strip(int64_t index) const {
    const int64_t first = index % of_image_ * rows_, rows = std::min(rows_, depthwise.p() - first);
    const int64_t begin = first * depthwise.stride_h - depthwise.pad_top,
                  end = begin + rows_read(depthwise, rows);
    const int64_t top = std::clamp<int64_t>(begin, 0, depthwise.h),
                  bottom = std::clamp<int64_t>(end, 0, depthwise.h);
    return {index / of_image_, first, rows, top, bottom - top, top - begin};
  }

  int64_t input_size() const { return inputs.size(rows_read(depthwise, rows_)); }
  int64_t convolved_row() const { return depthwise.q() * convolved_pitch; }
  size_t expanded_bytes() const { return rows_kept * row_size * sizeof(float); }
  size_t bytes() const { return ceil_divide(bytes_of(rows_), 64) * 64; }

  const ConvProblem depthwise, expand;
  const InputLayout inputs;
  const int64_t convolved_pitch;
  const int64_t row_size;                 // of an expanded row with its padding
  const int64_t rows_at_once, rows_kept;  // expanded ones

 private:
  static constexpr size_t cached_bytes = size_t{1} << 20;  // half of a thread's second cache

  size_t bytes_of(int64_t rows) const {
    return (inputs.size(rows_read(depthwise, rows)) + rows * convolved_row()) * element_bytes_;
  }

  const int64_t element_bytes_;
  int64_t rows_, of_image_;
};

}  // namespace graft::separable_block
