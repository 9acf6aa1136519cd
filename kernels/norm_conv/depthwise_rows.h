#pragma once

#include "kernels/conv/depthwise_loops.h"
#include "kernels/norm_conv/normed_vectors.h"
#include "kernels/norm_conv/padded_rows.h"

namespace graft::norm_conv {

// A block of channels.
struct Place {
  const ConvProblem& p;
  const float* filter;  // R,S,C, from the block's first channel on
  int64_t channels;     // of the block

  Place(const ConvProblem& p, const float* filter, int64_t c)
      : p(p), filter(filter + c), channels(std::min(block, p.c - c)) {}
};

// A block of `pixels` pixels of a map, as they are or normed, to padded rows. Fetches as much.
template <int bytes, class Make>
GRAFT_INLINE inline void fill_row(const float* x, int64_t pixels, const Place& at, float* to, Soon& soon,
                                  const Make& make) {
  const int64_t channels = at.p.c, width = at.channels;
  Soon here = soon;
  for (int64_t w = 0; w < pixels; ++w, x += channels, to += block) {
    here.fetch(block);
    for (int64_t c = 0; c < width; c += lanes<bytes>) {
      Floats<bytes> value = vector_at<bytes>(x + c);
      make(value, c);
      vector_at<bytes>(to + c) = value;
    }
  }
  soon = here;
}

// The normed map's rows up to `last`, from the next on.
template <int bytes>
GRAFT_INLINE inline void normalise_up_to(const Place& at, const Norm& norm, int64_t c, const float* image,
                                         int64_t last, const PaddedRows& rows, int64_t& next, Soon& soon) {
  const ConvProblem& p = at.p;
  for (; next <= last; ++next) {
    if (next < 0 || next >= p.h) {
      rows.clear(next, p.w);
      continue;
    }
    fill_row<bytes>(image + next * p.w * p.c + c, p.w, at, rows.pixels(next), soon,
                    [norm, c](Floats<bytes>& value, int64_t k)
                        GRAFT_INLINE { norm.template apply<bytes>(value, c + k); });
  }
}

// Output row `row`.
template <int bytes, int size, int stride, bool streams>
GRAFT_INLINE inline void convolve_row(const Place& at, const PaddedRows& normed, int64_t row, float* y) {
  using Vector = Floats<bytes>;
  const int64_t outputs = at.p.q(), channels = at.p.c, width = at.channels;
  const float *rows[size], *const filters = at.filter;
  for (int r = 0; r < size; ++r) rows[r] = normed.row(row * stride - at.p.pad_top + r);
  for (int64_t first = 0; first < outputs; first += columns)
    for (int64_t c = 0; c < width; c += lanes<bytes>) {
      Vector sums[columns] = {};
#pragma GCC unroll 8
      for (int r = 0; r < size; ++r) {
        const float* x = rows[r] + first * stride * block + c;
        const float* filter = filters + r * size * channels + c;
        Vector taps[size];
#pragma GCC unroll 8
        for (int s = 0; s < size; ++s) taps[s] = vector_at<bytes>(filter + s * channels);
#pragma GCC unroll 32
        for (int i = 0; i < (columns - 1) * stride + size; ++i) {
          const Vector pixel = vector_at<bytes>(x + i * block);
#pragma GCC unroll 8
          for (int s = 0; s < size; ++s)
            if (s <= i && (i - s) % stride == 0 && (i - s) / stride < columns)
              sums[(i - s) / stride] += pixel * taps[s];
        }
      }
      float* to = y + first * channels + c;
      const int64_t left = outputs - first;
#pragma GCC unroll 8
      for (int i = 0; i < columns; ++i, to += channels)
        if (i < left) store<bytes, streams>(sums[i], to);
    }
}

// sums[R,S,C] += what output row `row` gives `rows` rows of the filter from r on.
template <int bytes, int size, int stride, int rows>
GRAFT_INLINE inline void add_to_filter_rows(const Place& at, const PaddedRows& normed, const float* dy_row,
                                            int64_t row, int r, float* sums) {
  using Vector = Floats<bytes>;
  const int64_t outputs = at.p.q(), channels = at.p.c, width = at.channels;
  const float* x_rows[rows];
  for (int j = 0; j < rows; ++j) x_rows[j] = normed.row(row * stride - at.p.pad_top + r + j);
  for (int64_t c = 0; c < width; c += lanes<bytes>) {
    Vector places[rows][size] = {};
    for (int64_t first = 0; first < outputs; first += columns) {
      Vector dy[columns];
#pragma GCC unroll 8
      for (int i = 0; i < columns; ++i) dy[i] = vector_at<bytes>(dy_row + (first + i) * block + c);
#pragma GCC unroll 32
      for (int i = 0; i < (columns - 1) * stride + size; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < rows; ++j) {
          const Vector pixel = vector_at<bytes>(x_rows[j] + (first * stride + i) * block + c);
#pragma GCC unroll 8
          for (int s = 0; s < size; ++s)
            if (s <= i && (i - s) % stride == 0 && (i - s) / stride < columns)
              places[j][s] += pixel * dy[(i - s) / stride];
        }
    }
#pragma GCC unroll 8
    for (int j = 0; j < rows; ++j)
#pragma GCC unroll 8
      for (int s = 0; s < size; ++s)
        vector_at<bytes>(sums + ((r + j) * size + s) * channels + c) += places[j][s];
  }
}

// The whole filter. Of 3x3 all sums stay in registers at once; of 5x5 those of a row.
template <int bytes, int size, int stride>
GRAFT_INLINE inline void add_to_filter(const Place& at, const PaddedRows& normed, const PaddedRows& gradient,
                                       int64_t row, float* sums) {
  constexpr int rows = size == 3 ? 3 : 1;
  for (int r = 0; r < size; r += rows)
    add_to_filter_rows<bytes, size, stride, rows>(at, normed, gradient.pixels(row), row, r, sums);
}

// An input row's gradient in front of the activation, and the batch norm's two sums over it.
struct InputRow {
  const float *x, *mean;
  float* dx;  // may be null
  const float* normed;
  float *sums, *products;  // [block]
};

// Input row `padded_row` of the padded map, of its pixels those whose column there leaves `phase` when
// divided by the stride; row_phase is what the row leaves.
template <int bytes, int size, int stride, bool streams, int row_phase, int phase>
GRAFT_INLINE inline void backward_row(const Place& at, const Bounds& bounds, const PaddedRows& gradient,
                                      int64_t padded_row, const InputRow& row) {
  using Vector = Floats<bytes>;
  using Bits = typename HostVector<int32_t, bytes>::type;
  constexpr int places = (size - phase + stride - 1) / stride,
                row_places = (size - row_phase + stride - 1) / stride;
  const int64_t channels = at.p.c, pixels = at.p.w, left = at.p.pad_left, width = at.channels;
  const float *const filters = at.filter, *const x_row = row.x;
  float* const dx_row = row.dx;
  const float* rows[row_places];
  for (int v = 0; v < row_places; ++v)
    rows[v] = gradient.pixels(padded_row / stride - v) - (places - 1) * block;
  for (int64_t c = 0; c < width; c += lanes<bytes>) {
    Vector sum = vector_at<bytes>(row.sums + c), products = vector_at<bytes>(row.products + c);
    const Vector mean = vector_at<bytes>(row.mean + c);
    for (int64_t first = 0; first * stride + phase < pixels + left; first += columns) {
      Vector sums[columns] = {};
#pragma GCC unroll 8
      for (int v = 0; v < row_places; ++v) {
        const float* dy = rows[v] + first * block + c;
        const float* filter = filters + ((row_phase + stride * v) * size + phase) * channels + c;
        Vector taps[places];
#pragma GCC unroll 8
        for (int u = 0; u < places; ++u) taps[u] = vector_at<bytes>(filter + stride * u * channels);
#pragma GCC unroll 32
        for (int i = 0; i < columns + places - 1; ++i) {
          const Vector pixel = vector_at<bytes>(dy + i * block);
#pragma GCC unroll 8
          for (int u = 0; u < places; ++u)
            if (i - (places - 1) + u >= 0 && i - (places - 1) + u < columns)
              sums[i - (places - 1) + u] += pixel * taps[u];
        }
      }
      const int64_t start = first * stride + phase - left;
      const float *normed = row.normed + start * block + c, *x = x_row + start * channels + c;
      float* dx = dx_row + start * channels + c;
      const auto finish = [&](auto checked) GRAFT_INLINE {
#pragma GCC unroll 8
        for (int i = 0; i < columns; ++i) {
          const int64_t w = start + i * stride;
          if (checked && (w < 0 || w >= pixels)) continue;
          Bits passing = (Bits)vector_at<bytes>(normed + i * stride * block);
          bounds.passing(passing);
          const Vector d = (Vector)((Bits)sums[i] & passing);
          sum += d;
          products += d * (vector_at<bytes>(x + i * stride * channels) - mean);
          if (dx_row) store<bytes, streams>(d, dx + i * stride * channels);
        }
      };
      if (start >= 0 && start + (columns - 1) * stride < pixels)
        finish(std::false_type());
      else
        finish(std::true_type());
    }
    vector_at<bytes>(row.sums + c) = sum;
    vector_at<bytes>(row.products + c) = products;
  }
}

template <int bytes, int size, int stride, bool streams>
GRAFT_INLINE inline void backward_row(const Place& at, const Bounds& bounds, const PaddedRows& gradient,
                                      int64_t padded_row, const InputRow& row) {
  if constexpr (stride == 1)
    return backward_row<bytes, size, 1, streams, 0, 0>(at, bounds, gradient, padded_row, row);
  if constexpr (stride == 2) {
    if (padded_row % 2 == 0) {
      backward_row<bytes, size, 2, streams, 0, 0>(at, bounds, gradient, padded_row, row);
      backward_row<bytes, size, 2, streams, 0, 1>(at, bounds, gradient, padded_row, row);
    } else {
      backward_row<bytes, size, 2, streams, 1, 0>(at, bounds, gradient, padded_row, row);
      backward_row<bytes, size, 2, streams, 1, 1>(at, bounds, gradient, padded_row, row);
    }
  }
}

// body(VectorBytes, size, stride, streams), all compile-time constants.
template <class Body>
void with_filter(const ConvProblem& p, bool streams, const Body& body) {
  using depthwise::Count;
  with_vectors([&](auto bytes) GRAFT_INLINE {
    const auto with_size = [&](auto size, auto stride) GRAFT_INLINE {
      if (streams) return body(bytes, size, stride, std::true_type());
      body(bytes, size, stride, std::false_type());
    };
    if (p.r == 3 && p.stride_h == 1) return with_size(Count<3>(), Count<1>());
    if (p.r == 3) return with_size(Count<3>(), Count<2>());
    if (p.stride_h == 1) return with_size(Count<5>(), Count<1>());
    with_size(Count<5>(), Count<2>());
  });
}

}  // namespace graft::norm_conv
