#pragma once

#include <cstdint>

#include "kernels/host_vectors.h"

namespace graft {

// C += A B on the calling thread: A is [m, k] with both strides free, B [k, n] and C [m, n] have neighbouring
// columns.
template <class T>
struct HostGemm {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_column;
  const T* b;
  int64_t b_row;
  T* c;
  int64_t c_row;
};

namespace host_gemm {

// A tile of `rows` x `vectors` registers; the sum over k never leaves them.
template <class T, int bytes, int vectors, int rows>
GRAFT_INLINE inline void tile(const HostGemm<T>& g, int64_t i, int64_t j) {
  using Vector = typename HostVector<T, bytes>::type;
  constexpr int width = bytes / sizeof(T);
  Vector sum[rows][vectors] = {};
  const T* a = g.a + i * g.a_row;
  const T* b = g.b + j;
  for (int64_t k = 0; k < g.k; ++k, a += g.a_column, b += g.b_row) {
    Vector right[vectors];
    for (int v = 0; v < vectors; ++v) right[v] = *reinterpret_cast<const Vector*>(b + v * width);
    for (int row = 0; row < rows; ++row)
      for (int v = 0; v < vectors; ++v) sum[row][v] += a[row * g.a_row] * right[v];
  }
  for (int row = 0; row < rows; ++row)
    for (int v = 0; v < vectors; ++v)
      *reinterpret_cast<Vector*>(g.c + (i + row) * g.c_row + j + v * width) += sum[row][v];
}

template <class T, int bytes, int vectors>
GRAFT_INLINE inline int64_t columns(const HostGemm<T>& g, int64_t j) {
  constexpr int64_t width = vectors * bytes / static_cast<int64_t>(sizeof(T));
  for (; j + width <= g.n; j += width) {
    int64_t i = 0;
    for (; i + 4 <= g.m; i += 4) tile<T, bytes, vectors, 4>(g, i, j);
    if (i + 2 <= g.m) {
      tile<T, bytes, vectors, 2>(g, i, j);
      i += 2;
    }
    if (i < g.m) tile<T, bytes, vectors, 1>(g, i, j);
  }
  return j;
}

template <class T, int bytes>
GRAFT_INLINE inline void multiply(const HostGemm<T>& g) {
  int64_t j = columns<T, bytes, 2>(g, 0);
  if constexpr (bytes >= 32) j = columns<T, 32, 1>(g, j);
  j = columns<T, 16, 1>(g, j);
  for (; j < g.n; ++j)
    for (int64_t i = 0; i < g.m; ++i) {
      T sum = 0;
      for (int64_t k = 0; k < g.k; ++k) sum += g.a[i * g.a_row + k * g.a_column] * g.b[k * g.b_row + j];
      g.c[i * g.c_row + j] += sum;
    }
}

}  // namespace host_gemm

template <class T>
void multiply_add(const HostGemm<T>& g) {
  with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE { host_gemm::multiply<T, bytes>(g); });
}

}  // namespace graft
