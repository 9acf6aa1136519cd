#include "transfer/image/decode.h"

#include <fstream>

#include "engine/check.h"
#include "transfer/image/exif.h"
#include "transfer/image/image_header.h"
#include "transfer/image/image_type.h"
#include "transfer/image/stb_decode.h"

namespace graft {
namespace {

constexpr uintmax_t kMostFileBytes = uintmax_t{1} << 30;

ImageHeader read_header(ImageType type, std::span<const std::byte> file, const std::string& name) {
  if (type == ImageType::jpeg) return read_jpeg_header(file, name);
  if (type == ImageType::png) return read_png_header(file, name);
  return read_bmp_header(file, name);
}

// [n, 4] to [n, 3].
void drop_alpha(const uint8_t* rgba, std::vector<uint8_t>& rgb) {
  for (size_t i = 0, n = rgb.size() / 3; i < n; ++i)
    for (size_t c = 0; c < 3; ++c) rgb[3 * i + c] = composite_on_white(rgba[4 * i + c], rgba[4 * i + 3]);
}

}  // namespace

Image decode(std::span<const std::byte> file, const std::string& name) {
  const ImageType type = image_type(file.first(std::min(file.size(), kImageTypeBytes)));
  GRAFT_CHECK(type != ImageType::none, format, name, ": is not an image; JPEG, PNG and BMP can be read");
  GRAFT_CHECK(can_decode(type), format, name, ": is ", image_type_name(type),
              ", which is unsupported; convert it to JPEG or PNG");
  GRAFT_CHECK(file.size() <= kMostFileBytes, format, name, ": is larger than 1 GiB");
  const ImageHeader header = read_header(type, file, name);
  const bool opaque = type == ImageType::jpeg;
  const StbPixels pixels = stb_decode(file, opaque ? 3 : 4);
  GRAFT_CHECK(pixels.data, format, name, ": is a damaged or unsupported ", image_type_name(type), " (",
              pixels.error ? pixels.error : "unknown reason", ")");
  GRAFT_CHECK(pixels.width == header.width && pixels.height == header.height, format, name,
              ": is damaged (it says two different sizes)");

  Image image{pixels.width, pixels.height, {}};
  const size_t bytes = static_cast<size_t>(image.width) * image.height * 3;
  if (opaque) {
    image.rgb.assign(pixels.data.get(), pixels.data.get() + bytes);
  } else {
    image.rgb.resize(bytes);
    drop_alpha(pixels.data.get(), image.rgb);
  }
  return upright(std::move(image), header.orientation);
}

std::vector<std::byte> read_image_file(const std::filesystem::path& path) {
  std::error_code error;
  // A pipe or device would be waited for without end.
  GRAFT_CHECK(std::filesystem::is_regular_file(path, error), file, path.string(),
              ": is missing, not readable or not a file");
  const uintmax_t size = std::filesystem::file_size(path, error);
  GRAFT_CHECK(!error, file, path.string(), ": ", error.message());
  GRAFT_CHECK(size <= kMostFileBytes, format, path.string(), ": is larger than 1 GiB");
  std::ifstream in(path, std::ios::binary);
  GRAFT_CHECK(in, file, path.string(), ": cannot be opened; look at its permissions");
  std::vector<std::byte> bytes(size);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  GRAFT_CHECK(in.gcount() == static_cast<std::streamsize>(size), file, path.string(), ": cannot be read");
  return bytes;
}

Image decode_file(const std::filesystem::path& path) { return decode(read_image_file(path), path.string()); }

}  // namespace graft
