#pragma once

#include <cstddef>
#include <span>

#include "transfer/image/image.h"

namespace graft {

// The orientation tag (1 to 8) of an EXIF block, which begins with its TIFF header; 1 where it has none, and
// where the block is damaged: a picture is worth more than its notes. (CIPA DC-008, tag 0x0112.)
int exif_orientation(std::span<const std::byte> tiff);

// The picture as it should be seen.
Image upright(Image image, int orientation);

}  // namespace graft
