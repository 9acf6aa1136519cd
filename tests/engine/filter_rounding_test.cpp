#include "layers/filter_rounding.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/half.h"
#include "engine/random.h"

namespace graft {
namespace {

TEST_CASE("filter rounding: a filter's taps keep their sum, and each its value but for a last place") {
  const Shape shape{40, 3, 5, 4};
  std::vector<float> filters(shape.count());
  RandomStream random(1, RandomUse::head_init);
  for (float& tap : filters) tap = 2 * random.uniform() - 1;
  std::vector<bfloat16> rounded(filters.size());
  round_filters(filters.data(), shape, rounded.data());
  double of_sums = 0, of_nearest = 0;
  for (int64_t k = 0; k < 40; ++k)
    for (int64_t c = 0; c < 4; ++c) {
      double error = 0, nearest = 0;
      for (int64_t i = 0; i < 15; ++i) {
        const int64_t at = (k * 15 + i) * 4 + c;
        const double off = double{to_float(rounded[at])} - filters[at];
        CHECK(std::fabs(off) <= 0x1p-8);  // the half places of the tap and of the one before it
        error += off;
        nearest += double{to_float(to_bfloat16(filters[at]))} - filters[at];
      }
      of_sums += error * error;
      of_nearest += nearest * nearest;
    }
  CHECK(of_sums * 100 < of_nearest);
}

TEST_CASE("filter rounding: one tap goes to the nearest, and what is exact in bfloat16 stays") {
  const std::vector<float> filters{0.1f, -3.7f, 1 + 0x1p-9f, 1.5f, -0.25f, 0};
  std::vector<bfloat16> rounded(6);
  round_filters(filters.data(), {6, 1, 1, 1}, rounded.data());
  for (size_t i = 0; i < 6; ++i) CHECK(rounded[i].bits == to_bfloat16(filters[i]).bits);
  const std::vector<float> exact{1, -2, 0.5f, 1.5f, -0.25f, 0};
  round_filters(exact.data(), {1, 2, 3, 1}, rounded.data());
  for (size_t i = 0; i < 6; ++i) CHECK(to_float(rounded[i]) == exact[i]);
}

}  // namespace
}  // namespace graft
