#pragma once

#include <algorithm>

#include "engine/half.h"
#include "kernels/conv/activation_bounds.h"
#include "kernels/conv/float_vectors.h"

// Numbers that lie side by side, floats or bfloat16, between memory and vectors of 16 floats. Those of
// bfloat16 need a processor with AVX-512 BF16.
namespace graft::separable_block {

constexpr int64_t lane_count = lanes<64>;

// body, compiled for AVX-512, which this processor has.
template <class Body>
void with_avx512(const Body& body) {
  with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
    if constexpr (bytes == 64) body();
  });
}

template <int count>
using Count = std::integral_constant<int, count>;

template <int count>
using Vectors = Floats<64>[count];
template <int count>
GRAFT_INLINE inline void load(const float* from, Vectors<count>(&to)) {
#pragma GCC unroll 4
  for (int i = 0; i < count; ++i) to[i] = vector_at<64>(from + i * lane_count);
}
template <int count>
GRAFT_INLINE inline void store(const Vectors<count>(&vectors), float* to) {
#pragma GCC unroll 4
  for (int i = 0; i < count; ++i) vector_at<64>(to + i * lane_count) = vectors[i];
}
template <int count>
GRAFT_INLINE inline void clip(const ActivationBounds& bounds, Vectors<count>(&vectors)) {
#pragma GCC unroll 4
  for (int i = 0; i < count; ++i) bounds.clip(vectors[i]);
}

constexpr int64_t line = 32;  // bfloat16s of a line of the caches, and of two vectors
using Line = HostVector<uint16_t, 64>::type;
GRAFT_INLINE inline Line& line_at(bfloat16* from) { return *reinterpret_cast<Line*>(from); }
GRAFT_INLINE inline const Line& line_at(const bfloat16* from) { return *reinterpret_cast<const Line*>(from); }

// To the nearest, ties to even.
GRAFT_INLINE inline void round(const Vectors<2>(&vectors), Line& rounded) {
  asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(rounded) : "v"(vectors[0]), "v"(vectors[1]));
}
GRAFT_INLINE inline void store(const Vectors<2>(&vectors), bfloat16* to) { round(vectors, line_at(to)); }

// Of what so many vectors hold the first `numbers`: no others are touched.
template <class T, int vectors>
class Part;

template <>
class Part<bfloat16, 2> {
 public:
  explicit Part(int64_t numbers) : mask_(numbers < line ? (1u << numbers) - 1 : ~0u) {}

  GRAFT_INLINE void load(const bfloat16* from, Line& to) const {  // zeros behind them
    asm("vmovdqu16 %1, %0%{%2%}%{z%}" : "=v"(to) : "m"(line_at(from)), "Yk"(mask_));
  }
  GRAFT_INLINE void copy(const bfloat16* from, bfloat16* to) const {
    Line numbers;
    load(from, numbers);
    write(numbers, to);
  }
  GRAFT_INLINE void add(const bfloat16* from, Vectors<2>(&sums)) const {
    using Bits = HostVector<uint32_t, 64>::type;
    using HalfLine = HostVector<uint16_t, 32>::type;
    Line numbers;
    load(from, numbers);
    const auto* halves = reinterpret_cast<const HalfLine*>(&numbers);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) sums[i] += (Floats<64>)(__builtin_convertvector(halves[i], Bits) << 16);
  }
  GRAFT_INLINE void store(const Vectors<2>(&vectors), bfloat16* to) const {
    Line numbers;
    round(vectors, numbers);
    write(numbers, to);
  }

 private:
  GRAFT_INLINE void write(const Line& from, bfloat16* to) const {
    asm volatile("vmovdqu16 %1, %0%{%2%}" : "+m"(line_at(to)) : "v"(from), "Yk"(mask_));
  }

  uint32_t mask_;
};

template <int vectors>
class Part<float, vectors> {
 public:
  explicit Part(int64_t numbers) {
    for (int i = 0; i < vectors; ++i)
      masks_[i] =
          static_cast<uint16_t>((1u << std::clamp<int64_t>(numbers - i * lane_count, 0, lane_count)) - 1);
  }

  GRAFT_INLINE void add(const float* from, Vectors<vectors>(&sums)) const {
#pragma GCC unroll 4
    for (int i = 0; i < vectors; ++i) {
      Floats<64> numbers;
      asm("vmovups %1, %0%{%2%}%{z%}"
          : "=v"(numbers)
          : "m"(vector_at<64>(from + i * lane_count)), "Yk"(masks_[i]));
      sums[i] += numbers;
    }
  }
  GRAFT_INLINE void store(const Vectors<vectors>(&from), float* to) const {
#pragma GCC unroll 4
    for (int i = 0; i < vectors; ++i)
      asm volatile("vmovups %1, %0%{%2%}"
                   : "+m"(vector_at<64>(to + i * lane_count))
                   : "v"(from[i]), "Yk"(masks_[i]));
  }

 private:
  uint16_t masks_[vectors];
};

}  // namespace graft::separable_block
