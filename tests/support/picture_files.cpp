#include "support/picture_files.h"

#include <atomic>
#include <fstream>

#include <unistd.h>

namespace graft::test {
namespace {

std::string big_endian(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}

std::string little_endian(uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

// zlib with stored blocks (RFC 1950, RFC 1951).
std::string stored(const std::string& data) {
  std::string out = "\x78\x01";
  uint32_t a = 1, b = 0;
  for (unsigned char c : data) a = (a + c) % 65521, b = (b + a) % 65521;
  for (size_t at = 0; at < data.size(); at += 65535) {
    const std::string block = data.substr(at, 65535);
    out += at + 65535 >= data.size() ? '\1' : '\0';
    out += little_endian(block.size(), 2) + little_endian(~block.size(), 2) + block;
  }
  return out + big_endian(b << 16 | a);
}

}  // namespace

Bytes from_text(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

Bytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Bytes out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return out;
}

uint32_t crc32(const void* data, size_t size) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i) {
    crc ^= static_cast<const uint8_t*>(data)[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

Image pattern(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) image.rgb.push_back(((7 * x + 13 * y + 101 * c) ^ (x * y)) & 255);
  return image;
}

std::string png_chunk(std::string_view type, std::string_view body) {
  const std::string covered = std::string(type) + std::string(body);
  return big_endian(body.size()) + covered + big_endian(crc32(covered.data(), covered.size()));
}

Bytes png_file(uint32_t width, uint32_t height, int depth, int color_type, const std::vector<uint8_t>& rows,
               const std::string& extra) {
  std::string data;
  const size_t row = height ? rows.size() / height : 0;
  for (size_t y = 0; y < height && row; ++y) {
    data += '\0';
    data.append(reinterpret_cast<const char*>(&rows[y * row]), row);
  }
  const std::string header = big_endian(width) + big_endian(height) + char(depth) + char(color_type);
  return from_text("\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header + std::string(3, '\0')) + extra +
                   png_chunk("IDAT", stored(data)) + png_chunk("IEND", ""));
}

Bytes png_file(const Image& image) { return png_file(image.width, image.height, 8, 2, image.rgb); }

Bytes bmp_file(const Image& image) {
  const std::string pad((4 - image.width * 3 % 4) % 4, '\0');
  std::string rows;
  for (int y = image.height - 1; y >= 0; --y) {
    for (int x = 0; x < image.width; ++x)
      for (int c = 2; c >= 0; --c) rows += static_cast<char>(image.rgb[(y * image.width + x) * 3 + c]);
    rows += pad;
  }
  const std::string info = little_endian(40, 4) + little_endian(image.width, 4) +
                           little_endian(image.height, 4) + little_endian(1, 2) + little_endian(24, 2) +
                           std::string(24, '\0');
  return from_text("BM" + little_endian(54 + rows.size(), 4) + std::string(4, '\0') + little_endian(54, 4) +
                   info + rows);
}

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> next = 0;
  path_ = std::filesystem::temp_directory_path() /
          ("graft-test-" + std::to_string(getpid()) + "-" + std::to_string(next++));
  std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::write(const std::string& name, const Bytes& bytes) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void TemporaryFolder::write(const std::string& name, std::string_view text) const {
  write(name, from_text(text));
}

}  // namespace graft::test
