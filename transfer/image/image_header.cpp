#include "transfer/image/image_header.h"

#include <cstdlib>
#include <string_view>

#include "engine/check.h"
#include "transfer/image/byte_reader.h"
#include "transfer/image/exif.h"

namespace graft {
namespace {

// Of one pass over a picture of this size: interlaced files need a little more.
int64_t png_bytes_unpacked(const ImageHeader& header, uint32_t depth, uint32_t color) {
  const int channels = color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
  return header.height * (1 + (header.width * channels * depth + 7) / 8);
}

uint32_t chunk_type(const char (&name)[5]) {
  return uint32_t(name[0]) << 24 | uint32_t(name[1]) << 16 | uint32_t(name[2]) << 8 | uint32_t(name[3]);
}

}  // namespace

void check_image_size(const ImageHeader& header, int64_t bytes_needed, int64_t bytes,
                      const std::string& name) {
  const int64_t w = header.width, h = header.height;
  GRAFT_CHECK(w > 0 && h > 0, format, name, ": is damaged (its size is ", w, " x ", h, ")");
  GRAFT_CHECK(w <= kMostPixels && h <= kMostPixels && w * h <= kMostPixels, format, name, ": ", w, " x ", h,
              " pixels are more than the limit of ", kMostPixels, "; make the picture smaller");
  GRAFT_CHECK(bytes_needed <= bytes, format, name, ": is damaged or truncated (", w, " x ", h,
              " pixels cannot be in ", bytes, " bytes)");
}

ImageHeader read_png_header(std::span<const std::byte> file, const std::string& name) {
  const ByteReader read{file};
  GRAFT_CHECK(read.u32(12) != chunk_type("CgBI"), format, name,
              ": is a PNG in Apple's private variant, which is unsupported; save it as a standard PNG");
  GRAFT_CHECK(read.has(8, 25) && read.u32(12) == chunk_type("IHDR"), format, name,
              ": is damaged (no PNG header)");
  ImageHeader header{read.u32(16), read.u32(20)};
  // Bounded before the product below is formed; deflate packs at most 1032 to 1.
  check_image_size(header, 0, 0, name);
  check_image_size(header, png_bytes_unpacked(header, read.u8(24), read.u8(25)) / 1032, file.size(), name);

  size_t at = 8;
  while (read.has(at, 12)) {
    const size_t length = read.u32(at);
    if (!read.has(at + 12, length)) break;
    if (read.u32(at + 4) == chunk_type("IEND")) return header;
    if (read.u32(at + 4) == chunk_type("eXIf"))
      header.orientation = exif_orientation(file.subspan(at + 8, length));
    at += 12 + length;
  }
  fail(ErrorCode::format, name, ": is truncated (a PNG without its end)");
}

ImageHeader read_bmp_header(std::span<const std::byte> file, const std::string& name) {
  const ByteReader read{file, true};
  GRAFT_CHECK(read.has(0, 30), format, name, ": is truncated (no BMP header)");
  const bool old = read.u32(14) == 12;
  const int64_t rows = old ? read.u16(20) : static_cast<int32_t>(read.u32(22));
  const ImageHeader header{old ? read.u16(18) : static_cast<int32_t>(read.u32(18)), std::abs(rows)};
  check_image_size(header, 0, 0, name);

  const int64_t depth = read.u16(old ? 24 : 28);
  const uint32_t compression = old ? 0 : read.u32(30);
  GRAFT_CHECK(compression == 0 || compression == 3, format, name,
              ": is a compressed BMP, which is unsupported; save it as PNG");
  // The last row's padding is missing from some writers' files.
  const int64_t bytes = read.u32(10) + (header.width * depth + 31) / 32 * 4 * header.height - 3;
  check_image_size(header, bytes, file.size(), name);
  return header;
}

}  // namespace graft
