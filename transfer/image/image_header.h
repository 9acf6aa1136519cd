#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace graft {

// Pillow's limit against decompression bombs: as 24-bit pixels, half a gibibyte.
constexpr int64_t kMostPixels = 178'956'970;

struct ImageHeader {
  int64_t width = 0;
  int64_t height = 0;
  int orientation = 1;  // EXIF, 1 to 8
};

// These read the structure of a whole file before anything is allocated for it. Each refuses, by Error
// (format) that begins with `name`: damaged or truncated files, kinds that the decoder cannot do right,
// sizes above kMostPixels or that a file of so few bytes cannot hold. The JPEG one also checks the tables of
// the file, which stb_image up to 2.27 trusts.
ImageHeader read_jpeg_header(std::span<const std::byte> file, const std::string& name);
ImageHeader read_png_header(std::span<const std::byte> file, const std::string& name);
ImageHeader read_bmp_header(std::span<const std::byte> file, const std::string& name);

// bytes_needed: the least that a file of this size and kind can have.
void check_image_size(const ImageHeader& header, int64_t bytes_needed, int64_t bytes,
                      const std::string& name);

}  // namespace graft
