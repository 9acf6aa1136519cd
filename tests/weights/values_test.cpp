#include <doctest/doctest.h>

#include <cmath>

#include "transfer/weights/tensor_values.h"

namespace graft::test {
namespace {

// IEEE 754 binary16 by its definition.
float half_by_definition(uint16_t half) {
  const int exponent = (half >> 10) & 31, fraction = half & 1023;
  const double sign = half & 0x8000 ? -1 : 1;
  if (exponent == 31) return static_cast<float>(fraction ? NAN : sign * INFINITY);
  const double significand = exponent ? 1 + fraction / 1024.0 : fraction / 1024.0;
  return static_cast<float>(sign * std::ldexp(significand, exponent ? exponent - 15 : -14));
}

NamedTensor vector_of(DType dtype, const void* data, int64_t count) {
  return {"v", dtype, Shape{count}, {}, static_cast<const std::byte*>(data)};
}

TEST_CASE("values: all 65536 float16 and bfloat16") {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  const auto halves = to_float32(vector_of(DType::float16, all.data(), 65536));
  const auto brains = to_float32(vector_of(DType::bfloat16, all.data(), 65536));
  size_t numbers = 0;
  for (uint32_t i = 0; i < 65536; ++i) {
    const float expected = half_by_definition(static_cast<uint16_t>(i));
    const bool both_nan = std::isnan(expected) && std::isnan(halves[i]);
    CHECK_FALSE((!both_nan && std::bit_cast<uint32_t>(expected) != std::bit_cast<uint32_t>(halves[i])));
    numbers += !both_nan;
    CHECK_FALSE(std::bit_cast<uint32_t>(brains[i]) != i << 16);
  }
  CHECK(numbers == 65536 - 2 * 1023);
}

TEST_CASE("values: integers and float64 are rounded to the nearest float32") {
  const int64_t longs[] = {0, -1, (int64_t{1} << 24) + 1, INT64_MIN};
  CHECK(to_float32(vector_of(DType::int64, longs, 4)) == std::vector<float>{0, -1, 16777216.0f, -0x1p63f});
  const double doubles[] = {0.1, 1e300};
  CHECK(to_float32(vector_of(DType::float64, doubles, 2)) == std::vector<float>{0.1f, INFINITY});
  const uint8_t bytes[] = {0, 255};
  CHECK(to_float32(vector_of(DType::uint8, bytes, 2)) == std::vector<float>{0, 255});
  CHECK(to_float32(vector_of(DType::int8, bytes, 2)) == std::vector<float>{0, -1});
}

TEST_CASE("values: float32 is lent where it can be, copied where it must be") {
  alignas(8) std::byte raw[20] = {};
  const float one = 1.0f, two = 2.0f;
  std::memcpy(raw + 1, &one, 4);
  std::memcpy(raw + 5, &two, 4);
  std::memcpy(raw + 12, &two, 4);
  std::vector<float> storage;
  const auto lent = as_float32(vector_of(DType::float32, raw + 12, 1), storage);
  CHECK(static_cast<const void*>(lent.data()) == raw + 12);
  CHECK(storage.empty());
  const auto copied = as_float32(vector_of(DType::float32, raw + 1, 2), storage);
  CHECK(copied.data() == storage.data());
  CHECK(storage == std::vector<float>{1, 2});
}

TEST_CASE("values: any strides are walked in row-major order") {
  std::vector<float> data(24);
  for (size_t i = 0; i < 24; ++i) data[i] = static_cast<float>(i);
  NamedTensor tensor{
      "t", DType::float32, Shape{3, 2, 4}, {1, 12, 3}, reinterpret_cast<const std::byte*>(data.data())};
  std::vector<float> expected;
  for (int64_t a = 0; a < 3; ++a)
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t c = 0; c < 4; ++c) expected.push_back(static_cast<float>(a + 12 * b + 3 * c));
  CHECK(to_float32(tensor) == expected);
  std::vector<std::byte> storage;
  const auto bytes = row_major_bytes(tensor, storage);
  REQUIRE(bytes.size() == 96);
  CHECK(std::memcmp(bytes.data(), expected.data(), 96) == 0);
  NamedTensor expanded{"e", DType::float32, Shape{3}, {0}, reinterpret_cast<const std::byte*>(&data[5])};
  CHECK(to_float32(expanded) == std::vector<float>{5, 5, 5});
}

}  // namespace
}  // namespace graft::test
