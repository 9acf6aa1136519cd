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

template <int count>
using Count = std::integral_constant<int, count>;

// Neighbouring pixels of an output row whose sums stay in registers. 7 divides the maps of networks for 224
// pixels.
constexpr int columns = 7;

// Some pixels of an output row. Those in [inner, outer) read within the input row at all of some
// neighbouring places of a filter row.
struct PixelRange {
  int64_t begin, inner, outer, end;
  Tap tap;  // of the first place

  PixelRange(const ConvProblem& p, int64_t begin, int64_t end, int64_t s, int64_t taps)
      : begin(begin), end(end), tap(column_tap(p, s)) {
    inner = std::clamp(tap.begin, begin, end);
    outer = std::clamp(column_tap(p, s + taps - 1).end, inner, end);
  }
};

// sums[j][i][c..c + width] += dy * x over these pixels, for `rows` x `taps` neighbouring places of the
// filter, whose sums stay in registers. x is the input row that the first of them read; neighbours read
// neighbours.
template <class T, int bytes, int rows, int taps>
GRAFT_INLINE inline void add_places(const PixelRange& pixels, const T* x, const T* dy_row, int64_t width,
                                    int64_t channels, int64_t c, T* sums) {
  using Vector = typename HostVector<T, bytes>::type;
  Vector sum[rows * taps] = {};
  const auto add = [&](int64_t q, auto checked) GRAFT_INLINE {
    const Vector dy = *reinterpret_cast<const Vector*>(dy_row + q * channels + c);
    const int64_t column = pixels.tap.input(q);
    const T* at = x + (column * channels + c);
#pragma GCC unroll 8
    for (int j = 0; j < rows; ++j, at += width * channels)
#pragma GCC unroll 8
      for (int i = 0; i < taps; ++i)
        if (!checked || (column + i >= 0 && column + i < width))
          sum[j * taps + i] += dy * *reinterpret_cast<const Vector*>(at + i * channels);
  };
  for (int64_t q = pixels.begin; q < pixels.inner; ++q) add(q, std::true_type());
  for (int64_t q = pixels.inner; q < pixels.outer; ++q) add(q, std::false_type());
  for (int64_t q = pixels.outer; q < pixels.end; ++q) add(q, std::true_type());
#pragma GCC unroll 32
  for (int i = 0; i < rows * taps; ++i) *reinterpret_cast<Vector*>(sums + i * channels + c) += sum[i];
}

// Channels from c on as long as a vector is whole; returns the next.
template <class T, int bytes, int rows, int taps>
GRAFT_INLINE inline int64_t add_channels(const PixelRange& pixels, const T* x, const T* dy_row, int64_t width,
                                         int64_t channels, int64_t c, T* sums) {
  constexpr int64_t step = bytes / static_cast<int64_t>(sizeof(T));
  for (; c + step <= channels; c += step)
    add_places<T, bytes, rows, taps>(pixels, x, dy_row, width, channels, c, sums);
  return c;
}

// What the next output row reads that this one does not. Going through memory in steps of a pixel, to and
// fro, is nothing that the processor foresees.
template <class T>
GRAFT_INLINE inline void fetch_next_row(const ConvProblem& p, const T* image, const T* dy_row, int64_t row,
                                        int64_t begin, int64_t end) {
  const auto fetch = [&](const T* from, int64_t count) GRAFT_INLINE {
    constexpr int64_t line = 64 / static_cast<int64_t>(sizeof(T));
    for (int64_t i = 0; i < count; i += line) __builtin_prefetch(from + i, 0, 2);
  };
  const int64_t pixels = end - begin, first = row * p.stride_h - p.pad_top + p.dilation_h * (p.r - 1) + 1;
  if (row + 1 < p.p()) fetch(dy_row + (p.q() + begin) * p.c, pixels * p.c);
  for (int64_t h = std::max<int64_t>(first, 0); h < std::min(first + p.stride_h, p.h); ++h)
    fetch(image + (h * p.w + begin * p.stride_w) * p.c,
          std::min(pixels * p.stride_w, p.w - begin * p.stride_w) * p.c);
}

// Adds to sums[R,S,C] what pixels [begin, end) of output row `row` give.
template <class T, int bytes>
GRAFT_INLINE inline void add_stretch(const ConvProblem& p, const T* image, const T* dy_row, int64_t row,
                                     int64_t begin, int64_t end, T* sums) {
  fetch_next_row(p, image, dy_row, row, begin, end);
  int64_t r0 = 0, r1 = p.r;  // the places that read within the image
  while (r0 < r1 && row < row_tap(p, r0).begin) ++r0;
  while (r0 < r1 && row >= row_tap(p, r1 - 1).end) --r1;
  const auto add = [&]<int rows, int taps>(Count<rows>, Count<taps>, int64_t r, int64_t s) GRAFT_INLINE {
    const PixelRange pixels(p, begin, end, s, taps);
    const T* x = image + row_tap(p, r).input(row) * p.w * p.c;
    T* to = sums + (r * p.s + s) * p.c;
    int64_t c = add_channels<T, bytes, rows, taps>(pixels, x, dy_row, p.w, p.c, 0, to);
    if constexpr (bytes > 16) c = add_channels<T, 16, rows, taps>(pixels, x, dy_row, p.w, p.c, c, to);
    add_channels<T, sizeof(T), rows, taps>(pixels, x, dy_row, p.w, p.c, c, to);
  };
  const auto filter_rows = [&]<int taps>(Count<taps> all) GRAFT_INLINE {
    switch (r1 - r0) {
      case 5: return add(Count<5>(), all, r0, 0);
      case 4: return add(Count<4>(), all, r0, 0);
      case 3: return add(Count<3>(), all, r0, 0);
      case 2: return add(Count<2>(), all, r0, 0);
      case 1: return add(Count<1>(), all, r0, 0);
    }
  };
  const bool near = p.dilation_h == 1 && p.dilation_w == 1 && p.r <= 5;
  if (near && p.s == 3) return filter_rows(Count<3>());
  if (near && p.s == 5) return filter_rows(Count<5>());
  for (int64_t r = r0; r < r1; ++r)
    for (int64_t s = 0; s < p.s; ++s) add(Count<1>(), Count<1>(), r, s);
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
      for (int64_t i = begin; i < end; ++i) {
        const T* image = x + i / p.p() * p.h * p.w * p.c;
        const T* dy_row = dy + i * p.q() * p.c;
        // So many pixels that loading and storing the sums costs little.
        constexpr int64_t columns = 14;
        for (int64_t q = 0; q < p.q(); q += columns)
          depthwise::add_stretch<T, bytes>(p, image, dy_row, i % p.p(), q, std::min(q + columns, p.q()),
                                           sums);
      }
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
