#pragma once

#include "kernels/async_copy.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/vector.h"

// The first convolution of a network: 3 channels, which no 128-bit load fits, but a whole line of the picture
// is one run of floats. The input under a tile of 8 x 16 output pixels is staged in shared memory; a window's
// S taps of 3 channels are then 3 S neighbours.
namespace graft::GRAFT_TARGET {

constexpr int stem_p = 8, stem_q = 16, stem_channels = 3, stem_stride = 2;

// For filters up to side x side, strides up to 2.
template <int side>
struct StemPatch {
  static constexpr int most_taps = side * side * stem_channels;
  static constexpr int lines = (stem_p - 1) * stem_stride + side;
  static constexpr int pitch = ((stem_q - 1) * stem_stride + side) * stem_channels;
  float x[lines][pitch];
};

struct StemTile {
  int n, p, q;  // of its first output pixel

  GRAFT_DEVICE StemTile(const ConvSizes& sizes, int tile) {
    const int across = (sizes.q + stem_q - 1) / stem_q, down = (sizes.p + stem_p - 1) / stem_p;
    const int line = tile / across;
    n = line / down;
    p = (line - n * down) * stem_p;
    q = (tile - line * across) * stem_q;
  }
};

// A warp copies a line at a time: 32 neighbouring floats with every instruction, zeros in the padding.
template <int side>
GRAFT_DEVICE void fetch_patch(const ConvSizes& sizes, const float* x, const StemTile& tile, int warps,
                              StemPatch<side>& patch) {
  const int lines = (stem_p - 1) * sizes.stride_h + sizes.r, width = sizes.w * stem_channels;
  const int run = ((stem_q - 1) * sizes.stride_w + sizes.s) * stem_channels;
  const int top = tile.p * sizes.stride_h - sizes.pad_top;
  const int left = (tile.q * sizes.stride_w - sizes.pad_left) * stem_channels;
  for (int line = warp_index(); line < lines; line += warps) {
    const int h = top + line;
    const float* from = x + (int64_t{tile.n} * sizes.h + h) * width + left;
    const bool inside = h >= 0 && h < sizes.h;
    for (int i = lane_index(); i < run; i += warp_size)
      async_copy<4>(&patch.x[line][i], from + i, inside && left + i >= 0 && left + i < width);
  }
}

}  // namespace graft::GRAFT_TARGET
