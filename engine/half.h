#pragma once

#include <bit>
#include <cmath>

#include "engine/dtype.h"

// Conversions between float and the upper 16 bits of one, on the host.
namespace graft {

#ifdef __GNUC__
#define GRAFT_INLINE [[gnu::always_inline]] inline  // so that kernels' objects share no symbol with others
#else
#define GRAFT_INLINE inline
#endif

GRAFT_INLINE float to_float(bfloat16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}

// To nearest, ties to even; what is beyond the largest becomes infinity, NaN stays NaN.
GRAFT_INLINE bfloat16 to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>(bits >> 16 | 0x40u)};
  return {static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

}  // namespace graft
