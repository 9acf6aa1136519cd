#pragma once

#include "kernels/conv/conv_sizes.h"
#include "kernels/vector.h"

// Convolutions in narrow groups (ResNeXt's have 4 to 32 channels), where a tile of a matrix product would be
// empty for the most part. A thread keeps four neighbouring results of 8 pixels of a line; a step multiplies
// four inputs of each pixel by a block of 4 x 4 weights: 12 vectors of 128 bits for 128 multiply-adds.
namespace graft::GRAFT_TARGET {

constexpr int grouped_pixels = 8;                     // of a thread
constexpr int grouped_fours = 8, grouped_lines = 32;  // of a block: neighbouring fours of channels by runs
constexpr int grouped_threads = grouped_fours * grouped_lines;

// What a thread of such a kernel computes. Lanes side by side take fours side by side, so that an eighth of a
// warp reads a whole 128-byte line of each pixel, and all four eighths the same weights.
struct GroupedPlace {
  int four;
  int64_t run;  // of 8 pixels

  GRAFT_DEVICE explicit GroupedPlace(int fours) {
    const int tiles = (fours + grouped_fours - 1) / grouped_fours, t = thread_index().x;
    const int tile = block_index().x / tiles;
    four = (block_index().x - tile * tiles) * grouped_fours + t % grouped_fours;
    run = int64_t{tile} * grouped_lines + t / grouped_fours;
  }
};

inline int64_t grouped_blocks(int64_t channels, int64_t runs) {
  return blocks_for(channels / 4, grouped_fours) * blocks_for(runs, grouped_lines);
}

// Adds the products of four inputs at `first`, `first + step`, ... of a line of `size` pixels. weights[i] are
// those of input i for the four results.
GRAFT_DEVICE void add_grouped(Float4 (&sums)[grouped_pixels], const Float4 (&weights)[4], const float* line,
                              int pitch, int first, int step, int size) {
  GRAFT_UNROLL
  for (int i = 0; i < grouped_pixels; ++i) {
    const int at = first + i * step;
    if (at < 0 || at >= size) continue;
    const Float4 input = load4(line + int64_t{at} * pitch);
    multiply_add(sums[i], input.x, weights[0]);
    multiply_add(sums[i], input.y, weights[1]);
    multiply_add(sums[i], input.z, weights[2]);
    multiply_add(sums[i], input.w, weights[3]);
  }
}

}  // namespace graft::GRAFT_TARGET
