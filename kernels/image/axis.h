#pragma once

#include "kernels/image/image.h"
#include "kernels/image/resample.h"

namespace graft {

// One place of an axis' table.
struct AxisPlace {
  constexpr AxisPlace(const int32_t* table, int64_t places, int64_t taps, int64_t place)
      : first(table[place]), count(table[places + place]), weights(table + 2 * places + place * taps) {}
  int32_t first, count;
  const int32_t* weights;
};

// One pixel of the resized picture: `row.count` rows of `column.count` pixels, the sum along each row rounded
// to 8 bits before it is weighted.
constexpr void resample_pixel(const uint8_t* picture, int64_t row_bytes, const AxisPlace& column,
                              const AxisPlace& row, uint8_t (&pixel)[3]) {
  int32_t down[3] = {resample_half, resample_half, resample_half};
  for (int32_t r = 0; r < row.count; ++r) {
    const uint8_t* at = picture + (row.first + r) * row_bytes + int64_t{column.first} * 3;
    int32_t across[3] = {resample_half, resample_half, resample_half};
    for (int32_t i = 0; i < column.count; ++i)
      for (int c = 0; c < 3; ++c) across[c] += at[i * 3 + c] * column.weights[i];
    for (int c = 0; c < 3; ++c) down[c] += resampled_pixel(across[c]) * row.weights[r];
  }
  for (int c = 0; c < 3; ++c) pixel[c] = resampled_pixel(down[c]);
}

}  // namespace graft
