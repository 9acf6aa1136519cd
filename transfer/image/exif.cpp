#include "transfer/image/exif.h"

#include <utility>

#include "transfer/image/byte_reader.h"

namespace graft {

int exif_orientation(std::span<const std::byte> tiff) {
  constexpr uint32_t kOrientation = 0x0112, kShort = 3;
  ByteReader read{tiff};
  const uint32_t order = read.u16(0);
  if (order != 0x4949 && order != 0x4d4d) return 1;
  read.little_endian = order == 0x4949;
  if (read.u16(2) != 42) return 1;
  const size_t directory = read.u32(4);
  if (!read.has(directory, 2)) return 1;
  const uint32_t entries = read.u16(directory);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + size_t{12} * i;
    if (!read.has(entry, 12)) return 1;
    if (read.u16(entry) != kOrientation) continue;
    const uint32_t value = read.u16(entry + 8);
    const bool valid = read.u16(entry + 2) == kShort && read.u32(entry + 4) == 1 && value >= 1 && value <= 8;
    return valid ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const ptrdiff_t w = image.width, h = image.height;
  const bool turned = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const ptrdiff_t start = (from_bottom ? (h - 1) * w : 0) + (from_right ? w - 1 : 0);
  const ptrdiff_t along_x = from_right ? -1 : 1, along_y = from_bottom ? -w : w;

  Image out{static_cast<int>(turned ? h : w), static_cast<int>(turned ? w : h),
            std::vector<uint8_t>(image.rgb.size())};
  uint8_t* to = out.rgb.data();
  for (ptrdiff_t y = 0; y < out.height; ++y)
    for (ptrdiff_t x = 0; x < out.width; ++x, to += 3) {
      const ptrdiff_t pixel = start + (turned ? y * along_x + x * along_y : x * along_x + y * along_y);
      const uint8_t* from = &image.rgb[static_cast<size_t>(pixel) * 3];
      to[0] = from[0], to[1] = from[1], to[2] = from[2];
    }
  return out;
}

}  // namespace graft
