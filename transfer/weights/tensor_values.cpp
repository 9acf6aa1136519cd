#include "transfer/weights/tensor_values.h"

#include <array>

namespace graft {
namespace {

float from_half(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 31u;
  const uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float from_bfloat16(uint16_t value) { return std::bit_cast<float>(static_cast<uint32_t>(value) << 16); }

// Calls visit(address) for each element, in row-major order.
template <class Visit>
void for_each_element(const NamedTensor& tensor, Visit visit) {
  const int64_t count = tensor.shape.count();
  const auto width = static_cast<int64_t>(size_of(tensor.dtype));
  if (tensor.dense()) {
    for (int64_t i = 0; i < count; ++i) visit(tensor.data + i * width);
    return;
  }
  std::array<int64_t, Shape::max_rank> place{};
  int64_t offset = 0;
  for (int64_t i = 0; i < count; ++i) {
    visit(tensor.data + offset * width);
    for (int d = tensor.shape.rank() - 1; d >= 0; --d) {
      offset += tensor.strides[d];
      if (++place[d] < tensor.shape[d]) break;
      offset -= place[d] * tensor.strides[d];
      place[d] = 0;
    }
  }
}

template <class Stored, class Convert>
std::vector<float> converted(const NamedTensor& tensor, Convert convert) {
  std::vector<float> values;
  values.reserve(static_cast<size_t>(tensor.shape.count()));
  for_each_element(tensor, [&](const std::byte* address) {
    Stored value;
    std::memcpy(&value, address, sizeof value);
    values.push_back(convert(value));
  });
  return values;
}

template <class Stored>
std::vector<float> converted(const NamedTensor& tensor) {
  return converted<Stored>(tensor, [](Stored value) { return static_cast<float>(value); });
}

bool aligned_for_float(const std::byte* data) {
  return reinterpret_cast<uintptr_t>(data) % alignof(float) == 0;
}

}  // namespace

std::vector<float> to_float32(const NamedTensor& tensor) {
  switch (tensor.dtype) {
    case DType::float32:
      return converted<float>(tensor);
    case DType::float64:
      return converted<double>(tensor);
    case DType::float16:
      return converted<uint16_t>(tensor, from_half);
    case DType::bfloat16:
      return converted<uint16_t>(tensor, from_bfloat16);
    case DType::int8:
      return converted<int8_t>(tensor);
    case DType::uint8:
      return converted<uint8_t>(tensor);
    case DType::int16:
      return converted<int16_t>(tensor);
    case DType::int32:
      return converted<int32_t>(tensor);
    case DType::int64:
      return converted<int64_t>(tensor);
  }
  fail(ErrorCode::call, "tensor ", printable(tensor.name), " has an unknown dtype");
}

std::span<const float> as_float32(const NamedTensor& tensor, std::vector<float>& storage) {
  if (tensor.dtype == DType::float32 && tensor.dense() && aligned_for_float(tensor.data))
    return {reinterpret_cast<const float*>(tensor.data), static_cast<size_t>(tensor.shape.count())};
  storage = to_float32(tensor);
  return storage;
}

std::span<const std::byte> row_major_bytes(const NamedTensor& tensor, std::vector<std::byte>& storage) {
  const size_t width = size_of(tensor.dtype);
  const size_t bytes = static_cast<size_t>(tensor.shape.count()) * width;
  if (tensor.dense()) return {tensor.data, bytes};
  storage.clear();
  storage.reserve(bytes);
  for_each_element(
      tensor, [&](const std::byte* address) { storage.insert(storage.end(), address, address + width); });
  return storage;
}

}  // namespace graft
