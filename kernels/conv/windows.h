#pragma once

#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/slab.h"

// Operands of a block product whose sum runs over the taps and channels of a filter: windows of an image that
// are never written out, and filters.
namespace graft::GRAFT_TARGET {

constexpr int most_taps = 15;  // along either axis: see Window

// Where such a sum stands, the same for all threads: at as many channels of one tap as a slab has steps. The
// last slab of a tap is filled up with zeros, so that none has two taps.
template <int steps>
struct TapWalk {
  int channels, taps_w;
  int next_w, next_h;  // in elements, to the next tap and to the next row of taps
  int channel, tap_h, tap_w;

  GRAFT_DEVICE TapWalk(int channels, int taps_w, int next_w, int next_h, int first_step)
      : channels(channels), taps_w(taps_w), next_w(next_w), next_h(next_h) {
    const int of_tap = (channels + steps - 1) / steps, tap = first_step / of_tap;
    channel = (first_step - tap * of_tap) * steps;
    tap_h = taps_w > 0 ? tap / taps_w : 0;
    tap_w = tap - tap_h * taps_w;
  }
  GRAFT_DEVICE void advance() {
    channel += steps;
    if (channel < channels) return;
    channel = 0;
    if (++tap_w < taps_w) return;
    tap_w = 0;
    ++tap_h;
  }
  GRAFT_DEVICE int tap() const { return tap_h * next_h + tap_w * next_w; }
};

// What windows read: neighbouring channels of an image [height, width, pitch], at taps_h x taps_w places that
// lie step_h and step_w apart.
struct WindowSizes {
  int height, width, pitch;
  int taps_h, taps_w, step_h, step_w;

  template <int steps>
  GRAFT_DEVICE TapWalk<steps> walk(int channels, int first_step) const {
    return {channels, taps_w, step_w * pitch, step_h * width * pitch, first_step};
  }
};

// A window: where it begins, in elements from the operand's data, and which of its taps lie in the image: bit
// r for rows of taps, bit 16 + s for columns.
struct Window {
  int offset;
  unsigned inside;
};

GRAFT_DEVICE bool within(int coordinate, int size) {
  return static_cast<unsigned>(coordinate) < static_cast<unsigned>(size);
}

GRAFT_DEVICE Window window_at(const WindowSizes& sizes, int image, int h, int w) {
  Window window{((image * sizes.height + h) * sizes.width + w) * sizes.pitch, 0};
  for (int r = 0; r < sizes.taps_h; ++r)
    window.inside |= unsigned{within(h + r * sizes.step_h, sizes.height)} << r;
  for (int s = 0; s < sizes.taps_w; ++s)
    window.inside |= unsigned{within(w + s * sizes.step_w, sizes.width)} << (16 + s);
  return window;
}

// Row i is window_of(sizes, i): zero outside of the image.
template <class ElementType, class WindowOf>
struct Windows {
  using Element = ElementType;
  static constexpr bool along_depth = true;
  const Element* data;
  WindowSizes sizes;
  WindowOf window_of;
  TapWalk<steps_of_slab<Element>> walk;

  using Row = Window;
  using Step = int;
  GRAFT_DEVICE Row row(int i) const { return window_of(sizes, i); }
  GRAFT_DEVICE Step step(int j) const { return j; }
  GRAFT_DEVICE void advance() { walk.advance(); }
  GRAFT_DEVICE void advance(Step&) const {}
  GRAFT_DEVICE Source<Element> at(const Row& row, Step step) const {
    const int channel = walk.channel + step;
    const bool inside = row.inside >> walk.tap_h & row.inside >> (16 + walk.tap_w) & 1;
    return {data + (row.offset + walk.tap() + channel), inside && channel < walk.channels};
  }
};

// Row i is filter i where neighbours lie along the sum (a row is `pitch` elements), else input channel i (a
// step of the sum, one filter on, is).
template <class ElementType, bool neighbours_along_depth>
struct FilterOperand {
  using Element = ElementType;
  static constexpr bool along_depth = neighbours_along_depth;
  const Element* data;
  int rows, pitch;
  TapWalk<steps_of_slab<Element>> walk;

  using Row = int;
  using Step = int;
  GRAFT_DEVICE Row row(int i) const { return i; }
  GRAFT_DEVICE Step step(int j) const { return j; }
  GRAFT_DEVICE void advance() { walk.advance(); }
  GRAFT_DEVICE void advance(Step&) const {}
  GRAFT_DEVICE Source<Element> at(Row row, Step step) const {
    const int channel = walk.channel + step;
    return {data + (walk.tap() + (along_depth ? row * pitch + channel : channel * pitch + row)),
            row < rows && channel < walk.channels};
  }
};

}  // namespace graft::GRAFT_TARGET
