#pragma once

#include <initializer_list>

#include "kernels/simt.h"

// Neighbouring floats as one access, whose address must be a multiple of its size: Float4 has four by name;
// Floats<width> has 4, 2 or 1 by number, so that a kernel is written once for operands that are aligned and
// those that are not.
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

template <int width>
struct alignas(width * sizeof(float)) Floats {
  static_assert(width == 1 || width == 2 || width == 4, "one access: 32, 64 or 128 bits");
  float at[width];
};

template <int width>
GRAFT_DEVICE Floats<width> load_floats(const float* from) {
  if constexpr (width == 4) {
    const Float4 v = load4(from);
    return {{v.x, v.y, v.z, v.w}};
  } else {
    return *reinterpret_cast<const Floats<width>*>(from);
  }
}

template <int width>
GRAFT_DEVICE void store_floats(float* to, const Floats<width>& value) {
  if constexpr (width == 4)
    store4(to, {value.at[0], value.at[1], value.at[2], value.at[3]});
  else
    *reinterpret_cast<Floats<width>*>(to) = value;
}

template <int width>
GRAFT_DEVICE void add(Floats<width>& sum, const Floats<width>& more) {
  GRAFT_UNROLL
  for (int i = 0; i < width; ++i) sum.at[i] += more.at[i];
}

template <int width>
GRAFT_DEVICE void multiply_add(Floats<width>& sum, const Floats<width>& a, const Floats<width>& b) {
  GRAFT_UNROLL
  for (int i = 0; i < width; ++i) sum.at[i] += a.at[i] * b.at[i];
}

// For launchers: whether rows of so many floats, starting there, can be accessed four at a time. Null is no
// operand.
inline bool four_at_a_time(std::initializer_list<const void*> operands, int64_t row) {
  for (const void* operand : operands)
    if (row % 4 != 0 || reinterpret_cast<uintptr_t>(operand) % sizeof(Float4) != 0) return false;
  return true;
}
inline bool four_at_a_time(const void* operand, int64_t row) { return four_at_a_time({operand}, row); }

}  // namespace graft::GRAFT_TARGET
