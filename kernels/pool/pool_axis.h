#pragma once

#include "kernels/pool/pool.h"
#include "kernels/simt.h"

// A PoolProblem as kernels want it: 32 bits, and one axis at a time.
namespace graft::GRAFT_TARGET {

struct PoolRange {
  int begin, end;
};

GRAFT_DEVICE int smaller(int a, int b) { return a < b ? a : b; }
GRAFT_DEVICE int larger(int a, int b) { return a < b ? b : a; }

struct PoolAxis {
  int inputs, outputs;
  int size, stride, pad;  // size 0: adaptive
  int counted;            // an average's windows end there, padding included; 0: it counts inputs only

  GRAFT_DEVICE PoolRange window(int output) const {
    if (size == 0) return {output * inputs / outputs, ((output + 1) * inputs + outputs - 1) / outputs};
    const int begin = output * stride - pad;
    return {begin, begin + size};
  }
  GRAFT_DEVICE PoolRange clipped(const PoolRange& window) const {
    return {larger(window.begin, 0), smaller(window.end, inputs)};
  }
  // How many places an average divides by along this axis.
  GRAFT_DEVICE int divisor(const PoolRange& window) const {
    if (counted > 0) return smaller(window.end, counted) - window.begin;
    const PoolRange inside = clipped(window);
    return larger(inside.end - inside.begin, 0);
  }
  // The outputs whose windows hold an input.
  GRAFT_DEVICE PoolRange outputs_of(int input) const {
    if (size == 0) return {input * outputs / inputs, ((input + 1) * outputs + inputs - 1) / inputs};
    const int padded = input + pad;
    return {larger(padded - size + stride, 0) / stride, smaller(padded / stride + 1, outputs)};
  }
};

struct PoolSizes {
  PoolAxis rows, columns;
  int c;

  // At least 1: an empty window's average is 0.
  GRAFT_DEVICE float divisor(const PoolRange& row_window, const PoolRange& column_window) const {
    return static_cast<float>(larger(rows.divisor(row_window) * columns.divisor(column_window), 1));
  }
};

inline PoolSizes pool_sizes(const PoolProblem& p) {
  const auto narrow = [](int64_t size) { return static_cast<int>(size); };
  const bool counted = p.count_padding && !p.adaptive;
  return {{narrow(p.h), narrow(p.p), p.adaptive ? 0 : narrow(p.r), narrow(p.stride_h), narrow(p.pad_top),
           counted ? narrow(p.h + p.pad_bottom) : 0},
          {narrow(p.w), narrow(p.q), p.adaptive ? 0 : narrow(p.s), narrow(p.stride_w), narrow(p.pad_left),
           counted ? narrow(p.w + p.pad_right) : 0},
          narrow(p.c)};
}

// What a thread works on: some channels of one pixel of a [N, height, width, C] tensor.
struct PoolPlace {
  int image, row, column, channel;
};

template <int width>
GRAFT_DEVICE PoolPlace pool_place(int thread, int height, int columns, int c) {
  const auto groups = static_cast<unsigned>(c / width), i = static_cast<unsigned>(thread);
  const unsigned pixel = i / groups, row = pixel / static_cast<unsigned>(columns);
  const unsigned image = row / static_cast<unsigned>(height);
  return {static_cast<int>(image), static_cast<int>(row - image * height),
          static_cast<int>(pixel - row * columns), static_cast<int>(i - pixel * groups) * width};
}

// Where that thread's output begins, of pixels so far apart in a slice.
template <bool slice, int width>
GRAFT_DEVICE int64_t pool_output(int thread, int c, int pitch) {
  if constexpr (!slice) return thread * width;
  const auto groups = static_cast<unsigned>(c / width), i = static_cast<unsigned>(thread), pixel = i / groups;
  return int64_t{pixel} * pitch + (i - pixel * groups) * width;
}

// The saved places of a thread's channels.
template <int width>
struct alignas(width) Places {
  uint8_t at[width];
};

}  // namespace graft::GRAFT_TARGET
