#include "engine/value_difference.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/step_comparison.h"

namespace graft::test {
namespace {

template <class T>
HostValues values_of(const std::vector<T>& list) {
  HostValues values(dtype_of<T>(), static_cast<int64_t>(list.size()));
  std::memcpy(values.bytes.data(), list.data(), values.bytes.size());
  return values;
}

TEST_CASE("differences: largest, energy and worst places in order") {
  const auto a = values_of<float>({1, 2, -4, 8, 0, 3, 5}),
             b = values_of<float>({1, 2.5f, -4, 7, 0, 3, 5.25f});
  const ValueDifference d = difference_of(a, b);
  CHECK(d.largest == 1);
  CHECK(d.scale == 8);
  CHECK(d.nmse == (0.25 + 1 + 0.0625) / (1 + 4 + 16 + 64 + 9 + 25));
  REQUIRE(d.worst.size() == 3);
  CHECK(d.worst[0].at == 3);
  CHECK(d.worst[1].at == 1);
  CHECK(d.worst[2].at == 6);
  CHECK(d.worst[2].b == 5.25);
  CHECK(d.histogram[0] == 4);

  const auto many =
      difference_of(values_of<float>(std::vector<float>(20, 1)), values_of<float>(std::vector<float>(20, 2)));
  CHECK(many.worst.size() == ValueDifference::worst_places);
  CHECK(many.worst[0].at == 0);
}

TEST_CASE("differences: what is not a number on one side only is infinitely far") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const auto same = difference_of(values_of<float>({nan, inf, 1}), values_of<float>({nan, inf, 1}));
  CHECK(same.largest == 0);
  CHECK(same.nmse == 0);
  for (float other : {nan, inf, -inf}) {
    const auto apart = difference_of(values_of<float>({1, other}), values_of<float>({1, 2}));
    CHECK(std::isinf(apart.largest));
    CHECK(std::isinf(apart.nmse));
    CHECK(apart.histogram[ValueDifference::bins - 1] == 1);
  }
}

TEST_CASE("differences: the histogram counts in last places of a float32") {
  const float next = std::nextafter(1.0f, 2.0f), small = std::numeric_limits<float>::denorm_min();
  const auto d =
      difference_of(values_of<float>({1, 1, 1, 0, 1, -1}),
                    values_of<float>({1, next, std::nextafter(next, 2.0f), small, 1 + 0x1p-18f, 1}));
  CHECK(d.histogram[0] == 1);
  CHECK(d.histogram[1] == 2);  // one last place: of 1, and of the smallest number there is
  CHECK(d.histogram[2] == 1);
  CHECK(d.histogram[4] == 1);  // 32 of them
  CHECK(d.histogram[ValueDifference::bins - 1] == 1);
}

TEST_CASE("differences: one wrong element of a million is beyond the bound, small ones everywhere are not") {
  const std::vector<float> right(1 << 20, 1.0f);
  std::vector<float> wrong = right, rounded = right;
  wrong[12345] = 0.5f;
  for (float& value : rounded) value += 0x1p-11f;
  const auto within = [&](const std::vector<float>& other, double bound) {
    return StepComparison{0, 0, difference_of(values_of(right), values_of(other)), bound}.within();
  };
  constexpr double float32 = 4e-11, tf32 = 2e-6;
  CHECK(difference_of(values_of(right), values_of(wrong)).nmse < tf32);
  CHECK_FALSE(within(wrong, tf32));
  CHECK_FALSE(within(wrong, float32));
  CHECK(within(rounded, tf32));
  CHECK_FALSE(within(rounded, float32));
  CHECK(within(right, 0));
}

TEST_CASE("differences: of other types, and of none at all") {
  CHECK(difference_of(values_of<uint8_t>({3, 250}), values_of<uint8_t>({3, 251})).largest == 1);
  const auto wide = values_of<double>({1.0 / 3, 2});
  CHECK(difference_of(wide, wide.converted(DType::float32)).nmse < 1e-14);
  CHECK(difference_of(wide, wide.converted(DType::float32)).nmse > 0);
  CHECK(difference_of(values_of<float>({0, 0}), values_of<float>({0, 1})).nmse == 1);
}

}  // namespace
}  // namespace graft::test
