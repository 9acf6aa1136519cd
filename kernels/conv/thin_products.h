#pragma once

#include <algorithm>

#include "kernels/conv/conv.h"
#include "kernels/conv/float_vectors.h"

namespace graft::thin {

// Products of a few columns with many, for pixels in eights, whose sums stay in registers: [pixels, few] and
// [pixels, many] with a matrix between. Few are no more than 48, many a multiple of 16.
constexpr int64_t eight = 8;

// Why there is no such product in a convolution, or nothing: each output has to read one pixel, at its place.
inline std::string refuse_other_than_pixels(const ConvProblem& p) {
  if (p.r == 1 && p.s == 1 && p.stride_h == 1 && p.stride_w == 1 && p.groups == 1 && p.p() == p.h &&
      p.q() == p.w && p.pad_top == 0 && p.pad_left == 0)
    return {};
  return "the convolution is not one of single pixels";
}

// body(first column, vectors) for two vectors of the many at a time, and for the last one.
template <int bytes, class Body>
GRAFT_INLINE inline void for_each_two(int64_t many, const Body& body) {
  int64_t c = 0;
  for (; c + 2 * lanes<bytes> <= many; c += 2 * lanes<bytes>) body(c, std::integral_constant<int, 2>());
  if (c < many) body(c, std::integral_constant<int, 1>());
}

// matrix[inputs, width] of element(input, output); zeros behind the outputs.
template <class Element>
void pack(int64_t inputs, int64_t outputs, int64_t width, float* matrix, const Element& element) {
  std::fill_n(matrix, inputs * width, 0.0f);
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t o = 0; o < outputs; ++o) matrix[i * width + o] = element(i, o);
}

// sums += x * matrix, of eight pixels x[8, inputs], `stride` elements apart, and some columns of
// matrix[inputs, width].
template <int bytes, int vectors>
GRAFT_INLINE inline void add_eight(const float* x, int64_t stride, int64_t inputs, const float* matrix,
                                   int64_t width, Floats<bytes> (&sums)[eight][vectors]) {
  for (int64_t k = 0; k < inputs; ++k, ++x, matrix += width) {
    Floats<bytes> taps[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) taps[v] = vector_at<bytes>(matrix + v * lanes<bytes>);
#pragma GCC unroll 8
    for (int i = 0; i < eight; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[i][v] += taps[v] * x[i * stride];
  }
}

// The same, assigned.
template <int bytes, int vectors>
GRAFT_INLINE inline void multiply_eight(const float* x, int64_t stride, int64_t inputs, const float* matrix,
                                        int64_t width, Floats<bytes> (&sums)[eight][vectors]) {
  for (auto& row : sums)
    for (auto& sum : row) sum = Floats<bytes>{};
  add_eight<bytes, vectors>(x, stride, inputs, matrix, width, sums);
}

// y[pixels, width] = x[pixels, many] * matrix[many, width]; fetches as much as x.
template <int bytes, int width>
GRAFT_INLINE inline void narrow(const float* x, int64_t pixels, int64_t many, const float* matrix, float* y,
                                Soon soon) {
  // All of them where there are 32 registers.
  constexpr int step = bytes == 64 ? width : static_cast<int>(lanes<bytes>),
                vectors = step / static_cast<int>(lanes<bytes>);
  for (int first = 0; first < width; first += step)
    for (int64_t t = 0; t < pixels; t += eight) {
      if (first == 0)
        for (int64_t line = 0; line < many / 2; ++line) soon.fetch();
      Floats<bytes> sums[eight][vectors];
      multiply_eight<bytes, vectors>(x + t * many, many, many, matrix + first, width, sums);
#pragma GCC unroll 8
      for (int i = 0; i < eight; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
          vector_at<bytes>(y + (t + i) * width + first + v * lanes<bytes>) = sums[i][v];
    }
}

// sums[few, many] += transposed x[pixels, few] * y[pixels, many]; few is a multiple of eight, x's pixels are
// `few` elements apart. Fetches about as much as y.
template <int bytes>
GRAFT_INLINE inline void add_products(const float* x, const float* y, int64_t pixels, int64_t few,
                                      int64_t many, float* sums, Soon soon) {
  using Vector = Floats<bytes>;
  for_each_two<bytes>(many, [&]<int vectors>(int64_t c, std::integral_constant<int, vectors>) GRAFT_INLINE {
    for (int64_t first = 0; first < few; first += eight) {
      Vector places[eight][vectors] = {};
      const float *wide = y + c, *narrow = x + first;
      for (int64_t t = 0; t < pixels; ++t, wide += many, narrow += few) {
        soon.fetch();
        Vector pixel[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) pixel[v] = vector_at<bytes>(wide + v * lanes<bytes>);
#pragma GCC unroll 8
        for (int i = 0; i < eight; ++i)
#pragma GCC unroll 4
          for (int v = 0; v < vectors; ++v) places[i][v] += pixel[v] * narrow[i];
      }
      float* to = sums + first * many + c;
#pragma GCC unroll 8
      for (int i = 0; i < eight; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) vector_at<bytes>(to + i * many + v * lanes<bytes>) += places[i][v];
    }
  });
}

// [rows, columns], columns a multiple of 4, from rows of one width to those of another.
GRAFT_INLINE inline void copy_columns(const float* from, int64_t from_width, float* to, int64_t to_width,
                                      int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, from += from_width, to += to_width)
    for (int64_t k = 0; k < columns; k += 4) vector_at<16>(to + k) = vector_at<16>(from + k);
}

// body(width), a compile-time constant, for the whole vectors of the widest kind that few columns take.
constexpr int64_t whole_width(int64_t few) { return (few + 15) / 16 * 16; }
template <class Body>
GRAFT_INLINE inline void with_width(int64_t width, const Body& body) {
  if (width == 16) return body(std::integral_constant<int, 16>());
  if (width == 32) return body(std::integral_constant<int, 32>());
  body(std::integral_constant<int, 48>());
}

}  // namespace graft::thin
