#include "bench/elements.h"

#include <cstring>

#include "engine/half.h"

namespace graft::bench {

std::vector<std::byte> to_bytes(const std::vector<float>& values, DType type) {
  std::vector<std::byte> bytes(values.size() * size_of(type));
  if (type == DType::float32) std::memcpy(bytes.data(), values.data(), bytes.size());
  if (type == DType::bfloat16)
    for (size_t i = 0; i < values.size(); ++i) {
      const bfloat16 half = to_bfloat16(values[i]);
      std::memcpy(bytes.data() + i * sizeof half, &half, sizeof half);
    }
  return bytes;
}

std::vector<float> to_floats(const std::vector<std::byte>& bytes, DType type) {
  std::vector<float> values(bytes.size() / size_of(type));
  if (type == DType::float32) std::memcpy(values.data(), bytes.data(), bytes.size());
  if (type == DType::bfloat16)
    for (size_t i = 0; i < values.size(); ++i) {
      bfloat16 half;
      std::memcpy(&half, bytes.data() + i * sizeof half, sizeof half);
      values[i] = to_float(half);
    }
  return values;
}

double as_stored(double value, DType type) {
  return type == DType::bfloat16 ? to_float(to_bfloat16(static_cast<float>(value))) : value;
}

}  // namespace graft::bench
