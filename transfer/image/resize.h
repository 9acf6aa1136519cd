#pragma once

#include <string_view>

#include "kernels/image/resample.h"
#include "transfer/image/image.h"

namespace graft {

std::string_view filter_name(Filter filter);

// A part of the resized picture, in its pixels.
struct Window {
  int left, top, width, height;
};

// Antialiased resampling, separable, with the filter's support widened by the downscale factor; bicubic has
// a = -0.5. Coefficients are rounded to 22 bits of fraction and each pass to 8 bits, columns first: the
// arithmetic of Pillow's Image.resize, and bit for bit its result.
// Only `window` of the width x height result is computed; pixels outside it cost nothing.
Image resize(const RgbView& source, int width, int height, Filter filter, const Window& window);
Image resize(const RgbView& source, int width, int height, Filter filter);

}  // namespace graft
