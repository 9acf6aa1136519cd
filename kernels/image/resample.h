#pragma once

#include <cstdint>
#include <vector>

namespace graft {

enum class Filter { box, bilinear, bicubic };

// 32 bits hold 8 of the pixel, 22 of the coefficient and 2 of overshoot.
constexpr int resample_fraction_bits = 32 - 8 - 2;
constexpr int32_t resample_half = 1 << (resample_fraction_bits - 1);

// The pixel of a sum that began with resample_half.
constexpr uint8_t resampled_pixel(int32_t sum) {
  const int32_t value = sum >> resample_fraction_bits;
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// For each output place: where its input starts, and its weights.
struct ResampleTaps {
  int most = 0;                 // weights kept for each place
  std::vector<int> first;       // [places]
  std::vector<int> count;       // [places]
  std::vector<int32_t> weight;  // [places, most]
};

// Of places [begin, begin + places) when `in_size` pixels become `out_size`: antialiased, the filter's
// support widened by the downscale factor; bicubic has a = -0.5. The coefficients of Pillow's Image.resize,
// rounded to 22 bits of fraction; where nothing is scaled, each place is its own pixel.
ResampleTaps make_resample_taps(int in_size, int out_size, int begin, int places, Filter filter);

}  // namespace graft
