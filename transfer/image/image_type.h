#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace graft {

enum class ImageType { none, jpeg, png, bmp, gif, webp, tiff, heic, avif, jpeg_xl, jpeg_2000 };

// How many first bytes of a file image_type() wants; fewer are allowed.
constexpr size_t kImageTypeBytes = 32;

// By content, never by name. `none`: no image that we have heard of.
ImageType image_type(std::span<const std::byte> first_bytes);
std::string_view image_type_name(ImageType type);
bool can_decode(ImageType type);

}  // namespace graft
