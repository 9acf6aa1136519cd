#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
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

struct bfloat16 {
  uint16_t bits;  // the upper half of a float32
};
struct float16 {
  uint16_t bits;  // IEEE 754 binary16
};

// What the products of a convolution or a dense layer may be formed from: float32 as it is, float32 rounded
// to TF32 (10 bits of fraction instead of 23), or activations and weights that are bfloat16 themselves. Sums
// are float32 in all of them.
enum class Math : uint8_t { fp32, tf32, bf16 };

constexpr std::string_view math_names[] = {"fp32", "tf32", "bf16"};
constexpr std::string_view name_of(Math math) { return math_names[static_cast<size_t>(math)]; }
// Of the name; nothing where there is no such.
constexpr std::optional<Math> math_named(std::string_view name) {
  for (size_t i = 0; i < std::size(math_names); ++i)
    if (name == math_names[i]) return static_cast<Math>(i);
  return {};
}
// Of the activations and weights.
constexpr DType dtype_of(Math math) { return math == Math::bf16 ? DType::bfloat16 : DType::float32; }

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
constexpr DType dtype_of<bfloat16>() {
  return DType::bfloat16;
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
