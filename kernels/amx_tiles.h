#pragma once

#include <cstdint>
#include <string>

#include "kernels/host_vectors.h"

// Intel's AMX on bfloat16: eight tiles, registers of up to 16 rows of 64 bytes, and an instruction that
// multiplies two of them into a third ("Intel 64 and IA-32 Architectures Software Developer's Manual", volume
// 1, chapter 18).
namespace graft::amx {

constexpr int64_t most_rows = 16;
constexpr int64_t depth = 32;  // bfloat16 of a tile's row: what a product sums over
constexpr int64_t width = 16;  // floats of a row of sums

// Empty, or why this process has none. The system gives a process its tiles when it asks for them.
std::string why_unavailable();

// Gives tiles 0 to 5 of the calling thread `rows` rows, 6 and 7 all sixteen, as long as it lives.
class TileShapes {
 public:
  explicit TileShapes(int64_t rows);
  ~TileShapes();
  TileShapes(const TileShapes&) = delete;
  TileShapes& operator=(const TileShapes&) = delete;
};

#if defined(__x86_64__)
// Rows are `stride` bytes apart; 0 is the same one for all.
template <int tile>
GRAFT_INLINE inline void load(const void* rows, int64_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(rows), "r"(stride), "i"(tile) : "memory");
}
template <int tile>
GRAFT_INLINE inline void store(void* rows, int64_t stride) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(rows), "r"(stride), "i"(tile) : "memory");
}
template <int tile>
GRAFT_INLINE inline void clear() {
  asm volatile("tilezero %%tmm%c0" ::"i"(tile));
}
// sums[i][j] += sum over d of left[i][d] * right[d / 2][2 * j + d % 2], products in float32.
template <int sums, int left, int right>
GRAFT_INLINE inline void multiply() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(sums), "i"(left), "i"(right));
}
#else
template <int tile>
void load(const void*, int64_t) {}
template <int tile>
void store(void*, int64_t) {}
template <int tile>
void clear() {}
template <int sums, int left, int right>
void multiply() {}
#endif

}  // namespace graft::amx
