#pragma once

#include "engine/half.h"
#include "kernels/conv/float_vectors.h"

// Lines of 32 bfloat16 on a processor with AVX-512 BF16.
namespace graft::separable_block {

constexpr int64_t line = 32;
using Line = HostVector<uint16_t, 64>::type;

GRAFT_INLINE inline Line& line_at(bfloat16* from) { return *reinterpret_cast<Line*>(from); }
GRAFT_INLINE inline const Line& line_at(const bfloat16* from) { return *reinterpret_cast<const Line*>(from); }

// The first `count` elements of a line, and no others, are touched.
class LinePart {
 public:
  explicit LinePart(int64_t count) : mask_(count < line ? (1u << count) - 1 : ~0u) {}

  GRAFT_INLINE void load(const bfloat16* from, Line& to) const {  // zeros behind them
    asm("vmovdqu16 %1, %0%{%2%}%{z%}" : "=v"(to) : "m"(line_at(from)), "Yk"(mask_));
  }
  GRAFT_INLINE void store(const Line& from, bfloat16* to) const {
    asm volatile("vmovdqu16 %1, %0%{%2%}" : "+m"(line_at(to)) : "v"(from), "Yk"(mask_));
  }

 private:
  uint32_t mask_;
};

// To the nearest, ties to even.
GRAFT_INLINE inline void round(const Floats<64>& low, const Floats<64>& high, Line& rounded) {
  asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(rounded) : "v"(low), "v"(high));
}

// To the sums; the line's first half belongs to low.
GRAFT_INLINE inline void add(const Line& line, Floats<64>& low, Floats<64>& high) {
  using Bits = HostVector<uint32_t, 64>::type;
  using HalfLine = HostVector<uint16_t, 32>::type;
  const auto* halves = reinterpret_cast<const HalfLine*>(&line);
  low += (Floats<64>)(__builtin_convertvector(halves[0], Bits) << 16);
  high += (Floats<64>)(__builtin_convertvector(halves[1], Bits) << 16);
}

}  // namespace graft::separable_block
