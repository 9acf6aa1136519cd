#pragma once

#include <algorithm>

#include "kernels/conv/depthwise_loops.h"
#include "kernels/norm_conv/norm_conv.h"

namespace graft::norm_conv {

using depthwise::columns;
constexpr int64_t whole_tiles(int64_t pixels) { return (pixels + columns - 1) / columns * columns; }

// Channels that are gone through together, so that their rows stay in the nearest cache and all offsets
// between pixels are constants: two cache lines.
constexpr int64_t block = 32;

// The last few rows of a map, a block of its channels, between columns of zeros: what a filter looks at, so
// that its loops need not look where the map ends. Row h takes the place of row h - count.
struct PaddedRows {
  float* data;
  int64_t count, width, left;  // in pixels

  int64_t size() const { return count * width * block; }
  void clear() const { std::fill_n(data, size(), 0.0f); }
  // From its padding on; row >= -count.
  float* row(int64_t row) const { return data + (row + count) % count * width * block; }
  float* pixels(int64_t row) const { return this->row(row) + left * block; }
  void clear(int64_t row, int64_t pixels) const { std::fill_n(this->pixels(row), pixels * block, 0.0f); }
};

struct Layout {
  int64_t pieces;      // of the images, whose sums are added up, whatever the number of threads
  int64_t group_rows;  // of the output, whose channels are gone through one block after the other
  PaddedRows normed, gradient;

  explicit Layout(const ConvProblem& p) : pieces(std::min<int64_t>(p.n, 16)) {
    // What the processor's own cache holds beside the next group.
    constexpr int64_t near = 96 * 1024;
    group_rows = std::clamp<int64_t>(near / ((p.w * p.stride_h + p.q()) * p.c), 4, p.p());
    const int64_t looked_at = (whole_tiles(p.q()) - 1) * p.stride_w + p.s;
    normed = {nullptr, p.r, std::max(looked_at, p.pad_left + p.w), p.pad_left};
    // Places of a filter whose outputs lie side by side; pixels of the input that differ in them alone.
    const int64_t places = (p.r + p.stride_h - 1) / p.stride_h;
    const int64_t groups = (p.w + p.pad_left + p.stride_w - 1) / p.stride_w;
    gradient = {nullptr, places, places - 1 + whole_tiles(std::max(p.q(), groups)), places - 1};
  }

  int64_t first_image(const ConvProblem& p, int64_t piece) const { return p.n * piece / pieces; }
};

}  // namespace graft::norm_conv
