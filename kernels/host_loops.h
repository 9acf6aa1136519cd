#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/device.h"
#include "engine/tensor.h"

namespace graft {

// Every loop here gives the same bits for any number of threads: an element is computed by one thread, and
// sums over rows are formed in pieces whose bounds depend on the number of rows alone.

// Of one index alone, the loops inside have the threads.
template <class Body>
void for_each_index(int64_t count, const Body& body) {
  if (count == 1) return body(0);
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < count; ++i) body(i);
}

// body(begin, end) over pieces of at most `block`.
template <class Body>
void for_each_block(int64_t count, int64_t block, const Body& body) {
  for_each_index((count + block - 1) / block,
                 [&](int64_t i) { body(i * block, std::min(count, (i + 1) * block)); });
}

constexpr int64_t elements_per_block = 16384;

class RowPieces {
 public:
  explicit RowPieces(int64_t rows, int64_t most = 64)
      : rows_(rows), count_(std::clamp<int64_t>(rows / 32, 1, most)) {}
  int64_t count() const { return count_; }
  int64_t begin(int64_t piece) const { return rows_ * piece / count_; }
  int64_t end(int64_t piece) const { return rows_ * (piece + 1) / count_; }

 private:
  int64_t rows_, count_;
};

// The first row of partial[pieces, width] becomes the sum of all.
inline void add_pieces(int64_t pieces, int64_t width, double* partial) {
  for (int64_t piece = 1; piece < pieces; ++piece)
    for (int64_t i = 0; i < width; ++i) partial[i] += partial[piece * width + i];
}
// Of column i.
inline float sum_of_pieces(int64_t pieces, int64_t width, const float* partial, int64_t i) {
  double sum = 0;
  for (int64_t piece = 0; piece < pieces; ++piece) sum += double(partial[piece * width + i]);
  return static_cast<float>(sum);
}

// Whether so many floats would push each other out.
inline bool exceeds_caches(int64_t floats, const DeviceProperties& device) {
  return static_cast<size_t>(floats) * sizeof(float) > device.cache_bytes;
}

// `partial` holds pieces.count() x width numbers; its first row becomes the sum of what body(begin, end,
// sums) adds to sums[width].
template <class Body>
void sum_over_rows(const RowPieces& pieces, int64_t width, double* partial, const Body& body) {
  for_each_index(pieces.count(), [&](int64_t piece) {
    double* sums = partial + piece * width;
    std::fill(sums, sums + width, 0.0);
    body(pieces.begin(piece), pieces.end(piece), sums);
  });
  add_pieces(pieces.count(), width, partial);
}

inline size_t row_sum_bytes(int64_t rows, int64_t width) {
  return static_cast<size_t>(RowPieces(rows).count() * width) * sizeof(double);
}

// Elements from one row of [rows, c] to the next: an N,H,W,C tensor's pixels may lie apart. (row_stride.h is
// for kernels.)
inline int64_t row_stride(const TensorView& view, int64_t c) {
  return view.shape.rank() == 4 ? view.pixel_stride : c;
}

// sums[c] = column sums of x[rows, c], whose rows are `stride` elements apart.
template <class T>
void column_sums(const T* x, int64_t stride, int64_t rows, int64_t c, double* partial, T* sums) {
  sum_over_rows(RowPieces(rows), c, partial, [&](int64_t begin, int64_t end, double* sum) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t i = 0; i < c; ++i) sum[i] += static_cast<double>(x[row * stride + i]);
  });
  std::transform(partial, partial + c, sums, [](double sum) { return static_cast<T>(sum); });
}

template <class T>
void column_sums(const T* x, int64_t rows, int64_t c, double* partial, T* sums) {
  column_sums(x, c, rows, c, partial, sums);
}

}  // namespace graft
