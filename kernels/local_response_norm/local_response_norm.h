#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// The widest window: what the kernels' shared memory has room for.
constexpr int64_t most_response_channels = 32;

// x and y are [rows, c]: the channels of every pixel of every picture by themselves.
struct LocalResponseNormProblem {
  int64_t rows, c;
  int64_t size = 5;  // channels of a window, of which size / 2 come before its own
  double alpha = 1e-4, beta = 0.75, k = 1;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const LocalResponseNormProblem& problem);
};

// Ensures y[i] = x[i] s[i]^-beta with s[i] = k + alpha / size times the sum of the squares of the window's x,
// channels i - size / 2 to i + (size - 1) / 2 that exist (Krizhevsky et al. 2012, whose alpha is not divided;
// Caffe and PyTorch divide). Dense; y is not x.
struct LocalResponseNormForward {
  static constexpr std::string_view name = "local_response_norm_forward";
  using Problem = LocalResponseNormProblem;
  struct Args {
    TensorView x, y;
  };
};

// Ensures dx (assigned); s is formed again. Dense; dx is neither x nor dy.
struct LocalResponseNormBackward {
  static constexpr std::string_view name = "local_response_norm_backward";
  using Problem = LocalResponseNormProblem;
  struct Args {
    TensorView x, dy, dx;
  };
};

template <>
std::span<const Implementation<LocalResponseNormForward>> implementations();
template <>
std::span<const Implementation<LocalResponseNormBackward>> implementations();

}  // namespace graft
