#pragma once

#include "kernels/conv/taps.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"

namespace graft {

// Depthwise convolution, vectors along the channels. Packed weights are R,S,C.

template <class T>
void pack_depthwise(const ConvProblem& p, const T* w, T* packed) {
  const int64_t taps = p.r * p.s;
  for (int64_t c = 0; c < p.c; ++c)
    for (int64_t tap = 0; tap < taps; ++tap) packed[tap * p.c + c] = w[c * taps + tap];
}

// y[q, c] += sum over r, s of x[h(r), w(q, s), c] * packed[r, s, c]; y is output row `row` of an image.
template <class T>
void depthwise_forward_row(const ConvProblem& p, const T* image, const T* packed, int64_t row, T* y) {
  with_widest_vectors([&]() GRAFT_INLINE {
    for (int64_t r = 0; r < p.r; ++r) {
      const Tap rows = row_tap(p, r);
      if (row < rows.begin || row >= rows.end) continue;
      const T* x = image + rows.input(row) * p.w * p.c;
      for (int64_t s = 0; s < p.s; ++s) {
        const Tap columns = column_tap(p, s);
        const T* w = packed + (r * p.s + s) * p.c;
        for (int64_t q = columns.begin; q < columns.end; ++q) {
          const T* from = x + columns.input(q) * p.c;
          T* to = y + q * p.c;
          for (int64_t c = 0; c < p.c; ++c) to[c] += from[c] * w[c];
        }
      }
    }
  });
}

// dx[w, c] += what the outputs that read input row `row` of an image give it.
template <class T>
void depthwise_backward_row(const ConvProblem& p, const T* image, const T* packed, int64_t row, T* dx) {
  with_widest_vectors([&]() GRAFT_INLINE {
    for (int64_t r = 0; r < p.r; ++r) {
      const Tap rows = row_tap(p, r);
      const int64_t output = (row - rows.first) / p.stride_h;
      if (row < rows.first || rows.input(output) != row || output >= rows.end) continue;
      const T* dy = image + output * p.q() * p.c;
      for (int64_t s = 0; s < p.s; ++s) {
        const Tap columns = column_tap(p, s);
        const T* w = packed + (r * p.s + s) * p.c;
        for (int64_t q = columns.begin; q < columns.end; ++q) {
          const T* from = dy + q * p.c;
          T* to = dx + columns.input(q) * p.c;
          for (int64_t c = 0; c < p.c; ++c) to[c] += from[c] * w[c];
        }
      }
    }
  });
}

namespace depthwise {

// Sums are formed for this many pieces of the output rows, whatever the number of threads, then added in
// order.
inline int64_t pieces(const ConvProblem& p) { return std::min<int64_t>(p.n * p.p(), 16); }

// sums[s0 + i][c..c + width] += dy * x over one output row for `taps` neighbouring places of a filter row.
template <class T, int bytes, int taps>
GRAFT_INLINE inline void add_taps(const ConvProblem& p, const T* x_row, const T* dy_row, int64_t s0,
                                  int64_t c, T* sums) {
  using Vector = typename HostVector<T, bytes>::type;
  Tap columns[taps];
  int64_t begin = 0, end = p.q(), low = p.q(), high = 0;
  for (int i = 0; i < taps; ++i) {
    columns[i] = column_tap(p, s0 + i);
    begin = std::max(begin, columns[i].begin);
    end = std::min(end, columns[i].end);
    low = std::min(low, columns[i].begin);
    high = std::max(high, columns[i].end);
  }
  Vector sum[taps] = {};
  const auto edge = [&](int64_t q) GRAFT_INLINE {
    const Vector dy = *reinterpret_cast<const Vector*>(dy_row + q * p.c + c);
    for (int i = 0; i < taps; ++i)
      if (q >= columns[i].begin && q < columns[i].end)
        sum[i] += dy * *reinterpret_cast<const Vector*>(x_row + columns[i].input(q) * p.c + c);
  };
  if (begin >= end) begin = end = high;
  for (int64_t q = low; q < begin; ++q) edge(q);
  for (int64_t q = begin; q < end; ++q) {
    const Vector dy = *reinterpret_cast<const Vector*>(dy_row + q * p.c + c);
    const T* x = x_row + columns[0].input(q) * p.c + c;
    for (int i = 0; i < taps; ++i)
      sum[i] += dy * *reinterpret_cast<const Vector*>(x + i * p.dilation_w * p.c);
  }
  for (int64_t q = end; q < high; ++q) edge(q);
  for (int i = 0; i < taps; ++i) *reinterpret_cast<Vector*>(sums + (s0 + i) * p.c + c) += sum[i];
}

template <class T, int bytes>
GRAFT_INLINE inline void add_filter_row(const ConvProblem& p, const T* x_row, const T* dy_row, int64_t c,
                                        T* sums) {
  int64_t s = 0;
  for (; s + 5 <= p.s; s += 5) add_taps<T, bytes, 5>(p, x_row, dy_row, s, c, sums);
  for (; s + 3 <= p.s; s += 3) add_taps<T, bytes, 3>(p, x_row, dy_row, s, c, sums);
  for (; s < p.s; ++s) add_taps<T, bytes, 1>(p, x_row, dy_row, s, c, sums);
}

// sums[R,S,C] = the weight gradient of output rows [begin, end), counted over all images.
template <class T, int bytes>
GRAFT_INLINE inline int64_t add_channels(const ConvProblem& p, const T* x, const T* dy, int64_t begin,
                                         int64_t end, int64_t c, T* sums) {
  constexpr int64_t width = bytes / static_cast<int64_t>(sizeof(T));
  for (; c + width <= p.c; c += width)
    for (int64_t r = 0; r < p.r; ++r) {
      const Tap rows = row_tap(p, r);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t n = i / p.p(), row = i % p.p();
        if (row < rows.begin || row >= rows.end) continue;
        add_filter_row<T, bytes>(p, x + (n * p.h + rows.input(row)) * p.w * p.c, dy + i * p.q() * p.c, c,
                                 sums + r * p.s * p.c);
      }
    }
  return c;
}

}  // namespace depthwise

template <class T>
size_t depthwise_weights_scratch(const ConvProblem& p) {
  return static_cast<size_t>(depthwise::pieces(p) * p.r * p.s * p.c) * sizeof(T);
}

template <class T>
void depthwise_backward_weights(const ConvProblem& p, const T* x, const T* dy, T* scratch, T* dw) {
  const int64_t taps = p.r * p.s, pieces = depthwise::pieces(p), rows = p.n * p.p();
  for_each_index(pieces, [&](int64_t piece) {
    T* sums = scratch + piece * taps * p.c;
    std::fill(sums, sums + taps * p.c, T(0));
    const int64_t begin = rows * piece / pieces, end = rows * (piece + 1) / pieces;
    with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
      int64_t c = depthwise::add_channels<T, bytes>(p, x, dy, begin, end, 0, sums);
      if constexpr (bytes > 16) c = depthwise::add_channels<T, 16>(p, x, dy, begin, end, c, sums);
      depthwise::add_channels<T, sizeof(T)>(p, x, dy, begin, end, c, sums);
    });
  });
  for (int64_t c = 0; c < p.c; ++c)
    for (int64_t tap = 0; tap < taps; ++tap) {
      T sum = 0;
      for (int64_t piece = 0; piece < pieces; ++piece) sum += scratch[(piece * taps + tap) * p.c + c];
      dw[c * taps + tap] = sum;
    }
}

}  // namespace graft
