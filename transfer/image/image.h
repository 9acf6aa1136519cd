#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace graft {

// 8-bit RGB, interleaved: [height, width, 3].
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

// Pixels that somebody else owns; rows may be further apart than width * 3 bytes.
struct RgbView {
  const uint8_t* rgb = nullptr;
  int width = 0;
  int height = 0;
  size_t row_bytes = 0;
};

inline RgbView view(const Image& image) {
  return {image.rgb.data(), image.width, image.height, static_cast<size_t>(image.width) * 3};
}

// A rectangle of the view; it must lie inside.
inline RgbView crop(const RgbView& from, int left, int top, int width, int height) {
  return {from.rgb + static_cast<size_t>(top) * from.row_bytes + static_cast<size_t>(left) * 3, width, height,
          from.row_bytes};
}

// One channel of a pixel with alpha, seen on white paper.
constexpr uint8_t composite_on_white(unsigned value, unsigned alpha) {
  return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace graft
