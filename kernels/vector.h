#pragma once

#include "kernels/simt.h"

// Four neighbouring floats as one 128-bit access. The address must be a multiple of 16 bytes.
namespace graft::GRAFT_TARGET {

struct alignas(16) Float4 {
  float x, y, z, w;
};

#ifdef __SANITIZE_THREAD__
// The compiler would take a Float4 apart and show the checked device four accesses.
GRAFT_UNWATCHED GRAFT_DEVICE Float4 load4(const float* from) {
  emulator::access_16_bytes(false, from, __builtin_return_address(0));
  return *reinterpret_cast<const Float4*>(from);
}
GRAFT_UNWATCHED GRAFT_DEVICE void store4(float* to, const Float4& value) {
  emulator::access_16_bytes(true, to, __builtin_return_address(0));
  *reinterpret_cast<Float4*>(to) = value;
}
#else
GRAFT_DEVICE Float4 load4(const float* from) { return *reinterpret_cast<const Float4*>(from); }
GRAFT_DEVICE void store4(float* to, const Float4& value) { *reinterpret_cast<Float4*>(to) = value; }
#endif

// For launchers: whether rows of so many floats, starting there, can be read four at a time.
inline bool four_at_a_time(const void* data, int64_t row) {
  return row % 4 == 0 && reinterpret_cast<uintptr_t>(data) % sizeof(Float4) == 0;
}

}  // namespace graft::GRAFT_TARGET
