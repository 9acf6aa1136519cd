#pragma once

#include <cstdint>

#include "kernels/vector.h"

// Flags in memory, a byte each, 0 or 1; float32 in registers: what vector.h has, for flags.
namespace graft::GRAFT_TARGET {

GRAFT_DEVICE float load(const uint8_t* from) { return *from; }
GRAFT_DEVICE void store(uint8_t* to, float value) { *to = value != 0; }

template <int width>
GRAFT_DEVICE Floats<width> load_floats(const uint8_t* from) {
  if constexpr (width == 1) {
    return {{load(from)}};
  } else {
    static_assert(width == 4, "an access of 8 or 32 bits");
    const auto flags = *reinterpret_cast<const uint32_t*>(from);
    Floats<width> out;
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) out.at[i] = static_cast<float>(flags >> 8 * i & 1);
    return out;
  }
}

template <int width>
GRAFT_DEVICE void store_floats(uint8_t* to, const Floats<width>& value) {
  if constexpr (width == 1) {
    store(to, value.at[0]);
  } else {
    static_assert(width == 4, "an access of 8 or 32 bits");
    uint32_t flags = 0;
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) flags |= static_cast<uint32_t>(value.at[i] != 0) << 8 * i;
    *reinterpret_cast<uint32_t*>(to) = flags;
  }
}

}  // namespace graft::GRAFT_TARGET
