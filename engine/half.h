#pragma once

#include <bit>

#include "engine/dtype.h"

// Conversions between float and the upper 16 bits of one, on the host.
namespace graft {

// Inlined always: kernels' objects must not share a symbol with each other.
[[gnu::always_inline]] inline float to_float(bfloat16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}

// To nearest, ties to even; what is beyond the largest becomes infinity, NaN stays NaN.
[[gnu::always_inline]] inline bfloat16 to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t quiet = bits >> 16 | 0x40u, rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  return {static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded)};
}

}  // namespace graft
