#pragma once

#include "kernels/ceil_divide.h"
#include "kernels/separable_block/lines.h"

// Products of a few pixels and some outputs' filters, on float32, whose sums stay in registers.
namespace graft::separable_block {

// The sums of 32 outputs of so many take 28 registers; two are for the filters, one for a pixel.
constexpr int most_pixels = 14;

// body(first pixel, how many) for tiles of 14, 7 or single pixels; a last one starts early enough to be
// whole, and computes some again.
template <class Body>
GRAFT_INLINE inline void for_each_tile(int64_t pixels, const Body& body) {
  constexpr int half = most_pixels / 2;
  for (int64_t first = 0; first < pixels;)
    if (pixels >= most_pixels && pixels - first > half) {
      body(std::min(first, pixels - most_pixels), Count<most_pixels>());
      first += most_pixels;
    } else if (pixels >= half) {
      body(std::min(first, pixels - half), Count<half>());
      first += half;
    } else {
      body(first++, Count<1>());
    }
}

// values[inputs][16] for each vector of outputs, zeros behind the last. The inputs are rows of a patch, of
// row_inputs numbers each.
struct Filters {
  const float* values;
  const float* bias;
  int64_t row_inputs, inputs;
};

// sums[pixel][vector of outputs] += products with one row of inputs: x[pixels, row_inputs], whose pixels are
// `stride` elements apart.
template <int pixels, int vectors>
GRAFT_INLINE inline void add_products(const float* x, int64_t stride, const Filters& filters,
                                      Vectors<vectors> (&sums)[pixels]) {
  // Five pixels of each pointer take two registers beside it for their distances; with one for each pixel the
  // compiler would run out.
  constexpr int64_t of_pointer = 5, pointers = ceil_divide(pixels, of_pointer);
  const float* from[pointers];
#pragma GCC unroll 4
  for (int i = 0; i < pointers; ++i) from[i] = x + i * of_pointer * stride;
  const float* values = filters.values;
  const int64_t size = filters.inputs * lane_count;
  for (int64_t k = 0; k < filters.row_inputs; ++k, values += lane_count) {
    Vectors<vectors> taps;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) taps[v] = vector_at<64>(values + v * size);
#pragma GCC unroll 16
    for (int i = 0; i < pixels; ++i) {
      const float number = from[i / of_pointer][i % of_pointer * stride];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[i][v] += taps[v] * number;
    }
#pragma GCC unroll 4
    for (int i = 0; i < pointers; ++i) {
      ++from[i];
      asm("" : "+r"(from[i]));  // keeps it apart from the others
    }
  }
}

// Assigned: biases, and the products of all rows, which are patch_row elements apart.
template <int pixels, int vectors>
GRAFT_INLINE inline void multiply(const float* x, int64_t stride, int64_t patch_row, Filters filters,
                                  Vectors<vectors> (&sums)[pixels]) {
#pragma GCC unroll 16
  for (int i = 0; i < pixels; ++i) load(filters.bias, sums[i]);
  for (int64_t done = 0; done < filters.inputs; done += filters.row_inputs) {
    add_products(x, stride, filters, sums);
    x += patch_row;
    filters.values += filters.row_inputs * lane_count;
  }
}

}  // namespace graft::separable_block
