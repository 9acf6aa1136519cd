#pragma once

#include "kernels/simt.h"

// Four neighbouring floats as one 128-bit access. The address must be a multiple of 16 bytes.
namespace graft::GRAFT_TARGET {

struct alignas(16) Float4 {
  float x, y, z, w;
};

GRAFT_DEVICE Float4 load4(const float* from) { return *reinterpret_cast<const Float4*>(from); }
GRAFT_DEVICE void store4(float* to, const Float4& value) { *reinterpret_cast<Float4*>(to) = value; }

// sum += a * b, element by element.
GRAFT_DEVICE void multiply_add(Float4& sum, float a, const Float4& b) {
#ifdef __CUDACC__
  sum.x += a * b.x;
  sum.y += a * b.y;
  sum.z += a * b.z;
  sum.w += a * b.w;
#else  // the same four products and sums, in one register of the host
  typedef float Register __attribute__((vector_size(16), may_alias));
  reinterpret_cast<Register&>(sum) += a * reinterpret_cast<const Register&>(b);
#endif
}

// Element j of vector i becomes element i of vector j.
GRAFT_DEVICE void transpose(Float4 (&v)[4]) {
  const Float4 a = v[0], b = v[1], c = v[2], d = v[3];
  v[0] = {a.x, b.x, c.x, d.x};
  v[1] = {a.y, b.y, c.y, d.y};
  v[2] = {a.z, b.z, c.z, d.z};
  v[3] = {a.w, b.w, c.w, d.w};
}

// For launchers: whether rows of so many floats, starting there, can be read four at a time.
inline bool four_at_a_time(const void* data, int64_t row) {
  return row % 4 == 0 && reinterpret_cast<uintptr_t>(data) % sizeof(Float4) == 0;
}

}  // namespace graft::GRAFT_TARGET
