#pragma once

#include <initializer_list>

#include "kernels/vector.h"

// The neighbouring channels that one thread holds, read and written in one access: four (128 bits); two where
// four need too many registers; one where a row of channels is not a multiple of four.
namespace graft::GRAFT_TARGET {

template <int width>
struct alignas(width * sizeof(float)) Channels {
  static_assert(width == 1 || width == 2 || width == 4, "one access: 32, 64 or 128 bits");
  float at[width];
};

template <int width>
GRAFT_DEVICE Channels<width> load_channels(const float* from) {
  return *reinterpret_cast<const Channels<width>*>(from);
}

template <int width>
GRAFT_DEVICE void store_channels(float* to, const Channels<width>& value) {
  *reinterpret_cast<Channels<width>*>(to) = value;
}

template <int width>
GRAFT_DEVICE void add(Channels<width>& sum, const Channels<width>& more) {
  GRAFT_UNROLL
  for (int i = 0; i < width; ++i) sum.at[i] += more.at[i];
}

template <int width>
GRAFT_DEVICE void multiply_add(Channels<width>& sum, const Channels<width>& a, const Channels<width>& b) {
  GRAFT_UNROLL
  for (int i = 0; i < width; ++i) sum.at[i] += a.at[i] * b.at[i];
}

// For launchers: whether rows of so many channels, starting there, can be read four at a time. Null is no
// operand.
inline bool four_at_a_time(std::initializer_list<const void*> operands, int64_t row) {
  for (const void* operand : operands)
    if (!four_at_a_time(operand, row)) return false;
  return true;
}

}  // namespace graft::GRAFT_TARGET
