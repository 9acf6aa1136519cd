#pragma once

#include "engine/dtype.h"
#include "kernels/vector.h"

#ifndef __CUDACC__
#include "engine/half.h"
#endif

// 16-bit numbers in memory, float32 in registers: what vector.h has, for bfloat16. Neighbours are one access,
// rounded to nearest, ties to even, as they are stored (PTX ISA, cvt.rn.bf16x2.f32).
namespace graft::GRAFT_TARGET {

// Of the operands of a product.
template <Math math>
using ElementOf = std::conditional_t<math == Math::bf16, bfloat16, float>;

// visit(an element) of the type that an op's activations have.
template <class Visit>
void with_element(DType dtype, const Visit& visit) {
  if (dtype == DType::bfloat16) return visit(bfloat16());
  visit(float());
}

#ifdef __CUDACC__
GRAFT_DEVICE uint32_t bits_of(float value) { return __float_as_uint(value); }
GRAFT_DEVICE float float_of(uint32_t bits) { return __uint_as_float(bits); }
// Two in a word, the first in its lower half.
GRAFT_DEVICE uint32_t pack_bfloat16(float first, float second) {
  uint32_t word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
  return word;
}
#else
GRAFT_UNWATCHED GRAFT_DEVICE uint32_t bits_of(float value) { return std::bit_cast<uint32_t>(value); }
GRAFT_UNWATCHED GRAFT_DEVICE float float_of(uint32_t bits) { return std::bit_cast<float>(bits); }
GRAFT_UNWATCHED GRAFT_DEVICE uint32_t pack_bfloat16(float first, float second) {
  return graft::to_bfloat16(first).bits | uint32_t{graft::to_bfloat16(second).bits} << 16;
}
#endif
GRAFT_DEVICE float first_of_pair(uint32_t word) { return float_of(word << 16); }
GRAFT_DEVICE float second_of_pair(uint32_t word) { return float_of(word & 0xffff0000u); }

GRAFT_DEVICE float load(const float* from) { return *from; }
GRAFT_DEVICE float load(const bfloat16* from) { return first_of_pair(from->bits); }
GRAFT_DEVICE void store(float* to, float value) { *to = value; }
GRAFT_DEVICE void store(bfloat16* to, float value) {
  to->bits = static_cast<uint16_t>(pack_bfloat16(value, 0));
}

// Eight bytes.
GRAFT_DEVICE Float4 load4(const bfloat16* from) {
  const auto pairs = *reinterpret_cast<const uint64_t*>(from);
  const auto low = static_cast<uint32_t>(pairs), high = static_cast<uint32_t>(pairs >> 32);
  return {first_of_pair(low), second_of_pair(low), first_of_pair(high), second_of_pair(high)};
}
GRAFT_DEVICE void store4(bfloat16* to, const Float4& value) {
  *reinterpret_cast<uint64_t*>(to) =
      pack_bfloat16(value.x, value.y) | uint64_t{pack_bfloat16(value.z, value.w)} << 32;
}

// Sixteen bytes.
struct Eight {
  float at[8];
};
GRAFT_DEVICE Eight load8(const bfloat16* from) {
  const Float4 words = load4(reinterpret_cast<const float*>(from));
  const uint32_t pairs[4] = {bits_of(words.x), bits_of(words.y), bits_of(words.z), bits_of(words.w)};
  Eight out;
  GRAFT_UNROLL
  for (int i = 0; i < 4; ++i) {
    out.at[2 * i] = first_of_pair(pairs[i]);
    out.at[2 * i + 1] = second_of_pair(pairs[i]);
  }
  return out;
}
GRAFT_DEVICE void store8(bfloat16* to, const Eight& value) {
  const auto pair = [&](int i) { return float_of(pack_bfloat16(value.at[2 * i], value.at[2 * i + 1])); };
  store4(reinterpret_cast<float*>(to), {pair(0), pair(1), pair(2), pair(3)});
}

template <int width>
GRAFT_DEVICE Floats<width> load_floats(const bfloat16* from) {
  if constexpr (width == 4) {
    const Float4 v = load4(from);
    return {{v.x, v.y, v.z, v.w}};
  } else if constexpr (width == 2) {
    const auto pair = *reinterpret_cast<const uint32_t*>(from);
    return {{first_of_pair(pair), second_of_pair(pair)}};
  } else {
    return {{load(from)}};
  }
}
template <int width>
GRAFT_DEVICE void store_floats(bfloat16* to, const Floats<width>& value) {
  if constexpr (width == 4)
    store4(to, {value.at[0], value.at[1], value.at[2], value.at[3]});
  else if constexpr (width == 2)
    *reinterpret_cast<uint32_t*>(to) = pack_bfloat16(value.at[0], value.at[1]);
  else
    store(to, value.at[0]);
}

}  // namespace graft::GRAFT_TARGET
