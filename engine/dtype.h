#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace graft {

enum class DType : uint8_t { float32, float64, bfloat16, float16, int8, uint8, int16, int32, int64 };

constexpr size_t size_of(DType type) {
  switch (type) {
    case DType::float64:
    case DType::int64: return 8;
    case DType::float32:
    case DType::int32: return 4;
    case DType::bfloat16:
    case DType::float16:
    case DType::int16: return 2;
    case DType::int8:
    case DType::uint8: return 1;
  }
  return 0;
}

constexpr std::string_view name_of(DType type) {
  constexpr std::string_view names[] = {"float32", "float64", "bfloat16", "float16", "int8",
                                        "uint8",   "int16",   "int32",    "int64"};
  return names[static_cast<size_t>(type)];
}

// What the products of a convolution or a dense layer may be formed from: operands as they are, or rounded to
// TF32 (10 bits of fraction instead of 23). Sums are float32 in both.
enum class Math : uint8_t { fp32, tf32 };

constexpr std::string_view name_of(Math math) { return math == Math::fp32 ? "fp32" : "tf32"; }

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::float32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::float64;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::uint8;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::int32;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return DType::int64;
}

}  // namespace graft
