#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "transfer/image/image.h"

namespace graft::test {

using Bytes = std::vector<std::byte>;

Bytes from_hex(std::string_view hex);
Bytes from_text(std::string_view text);
uint32_t crc32(const void* data, size_t size);

// Every pixel different from its neighbours: ((7x + 13y + 101c) ^ xy) & 255.
Image pattern(int width, int height);

// rows: what PNG would store, without the filter byte of each row. extra: whole chunks before the data.
Bytes png_file(uint32_t width, uint32_t height, int depth, int color_type, const std::vector<uint8_t>& rows,
               const std::string& extra = "");
std::string png_chunk(std::string_view type, std::string_view body);
Bytes png_file(const Image& image);

Bytes bmp_file(const Image& image);

// A folder that disappears with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

  // Makes the folders in between too.
  void write(const std::string& name, const Bytes& bytes) const;
  void write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace graft::test
