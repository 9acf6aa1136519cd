#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "transfer/image/image.h"

namespace graft {

// JPEG (baseline, progressive, grey, Adobe CMYK and YCCK), PNG and uncompressed BMP, told apart by content,
// to upright 8-bit RGB: EXIF orientation is honoured, alpha is composited on white, 16-bit samples keep
// their upper byte. Colour profiles are ignored.
// Error (format) beginning with `name` for anything else, for damaged files, and for pictures above
// kMostPixels (image_header.h), which are refused before anything is allocated.
Image decode(std::span<const std::byte> file, const std::string& name);

// The same from a file; Error (file) where it cannot be read.
Image decode_file(const std::filesystem::path& path);

// At most 1 GiB of a regular file.
std::vector<std::byte> read_image_file(const std::filesystem::path& path);

}  // namespace graft
