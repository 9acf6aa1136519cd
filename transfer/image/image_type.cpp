#include "transfer/image/image_type.h"

#include <algorithm>

namespace graft {
namespace {

using namespace std::string_view_literals;

bool has(std::string_view bytes, size_t at, std::string_view expected) {
  return bytes.size() >= at + expected.size() && bytes.substr(at, expected.size()) == expected;
}

// "BM" alone also begins many a text, so the size of the second header is looked at too.
bool is_bmp(std::string_view bytes) {
  if (!has(bytes, 0, "BM") || bytes.size() < 18 || !has(bytes, 15, "\0\0\0"sv)) return false;
  constexpr int sizes[] = {12, 16, 40, 52, 56, 64, 108, 124};
  return std::ranges::count(sizes, static_cast<unsigned char>(bytes[14])) > 0;
}

ImageType iso_media_type(std::string_view bytes) {
  for (auto brand : {"avif", "avis"})
    if (has(bytes, 8, brand)) return ImageType::avif;
  for (auto brand : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"})
    if (has(bytes, 8, brand)) return ImageType::heic;
  return ImageType::none;
}

}  // namespace

ImageType image_type(std::span<const std::byte> first_bytes) {
  const std::string_view bytes(reinterpret_cast<const char*>(first_bytes.data()), first_bytes.size());
  if (has(bytes, 0, "\xff\xd8\xff")) return ImageType::jpeg;
  if (has(bytes, 0, "\x89PNG\r\n\x1a\n")) return ImageType::png;
  if (is_bmp(bytes)) return ImageType::bmp;
  if (has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a")) return ImageType::gif;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return ImageType::webp;
  if (has(bytes, 0, "II*\0"sv) || has(bytes, 0, "MM\0*"sv)) return ImageType::tiff;
  if (has(bytes, 0, "\0\0\0\x0cJXL "sv) || has(bytes, 0, "\xff\x0a")) return ImageType::jpeg_xl;
  if (has(bytes, 0, "\0\0\0\x0cjP  "sv)) return ImageType::jpeg_2000;
  if (has(bytes, 4, "ftyp")) return iso_media_type(bytes);
  return ImageType::none;
}

std::string_view image_type_name(ImageType type) {
  switch (type) {
    case ImageType::none:
      return "unknown";
    case ImageType::jpeg:
      return "JPEG";
    case ImageType::png:
      return "PNG";
    case ImageType::bmp:
      return "BMP";
    case ImageType::gif:
      return "GIF";
    case ImageType::webp:
      return "WebP";
    case ImageType::tiff:
      return "TIFF";
    case ImageType::heic:
      return "HEIC";
    case ImageType::avif:
      return "AVIF";
    case ImageType::jpeg_xl:
      return "JPEG XL";
    case ImageType::jpeg_2000:
      return "JPEG 2000";
  }
  return "unknown";
}

bool can_decode(ImageType type) {
  return type == ImageType::jpeg || type == ImageType::png || type == ImageType::bmp;
}

}  // namespace graft
