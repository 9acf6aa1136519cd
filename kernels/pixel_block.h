#pragma once

#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// Blocks for [pixels, c]: `lanes` threads side by side along the channels, `rows` pixels at once.
struct PixelBlock {
  PixelBlock(int64_t c, int width) {
    while (lanes < warp_size && lanes * width < c) lanes *= 2;
    rows = threads_per_block / lanes;
  }
  int lanes = 1, rows;
};

}  // namespace graft::GRAFT_TARGET
