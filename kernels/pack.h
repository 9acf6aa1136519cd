#pragma once

#include "kernels/vector.h"
#include "kernels/views.h"

// `width` neighbouring floats as values: one 128-bit access where width is 4, so that a kernel is written
// once for operands that are aligned and those that are not.
namespace graft::GRAFT_TARGET {

template <int width>
struct alignas(sizeof(float) * width) Pack {
  static_assert(width == 1 || width == 4, "what one access can move");
  float at[width];
};

template <int width>
GRAFT_DEVICE Pack<width> load(const float* from) {
  return *reinterpret_cast<const Pack<width>*>(from);
}
template <int width>
GRAFT_DEVICE void store(float* to, const Pack<width>& values) {
  *reinterpret_cast<Pack<width>*>(to) = values;
}

// For launchers: whether all of these can be accessed as packs of 4.
template <class... Pointers>
bool all_aligned(const Pointers*... pointers) {
  return (... && four_at_a_time(pointers, 4));
}

// Blocks for [pixels, c]: `lanes` threads side by side along the channels, `rows` pixels at once.
struct PixelBlock {
  PixelBlock(int64_t c, int width) {
    while (lanes < warp_size && lanes * width < c) lanes *= 2;
    rows = threads_per_block / lanes;
  }
  int lanes = 1, rows;
};

}  // namespace graft::GRAFT_TARGET
