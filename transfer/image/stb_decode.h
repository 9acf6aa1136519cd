#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace graft {

struct StbPixels {
  int width = 0, height = 0;
  std::unique_ptr<uint8_t, void (*)(void*)> data;  // [height, width, channels], or null
  const char* error = nullptr;                     // why it is null
};

// JPEG, PNG or BMP, converted to 3 or 4 channels. Only for files that passed read_*_header().
StbPixels stb_decode(std::span<const std::byte> file, int channels);

// What decodes, and which version of it: "stb_image v2.27".
std::string_view decoder_name();

}  // namespace graft
