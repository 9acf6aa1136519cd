#pragma once

#include "kernels/activation/activation.h"

namespace graft {

// Global average pooling of an activation's output, which keeps of the map what the activation's gradient
// needs: a bit for each element, in the place of ActivationMask's byte.
struct GlobalAverageProblem {
  int64_t n, h, w, c;
  Activation activation;  // one that gradient_reads_side()
  DType dtype = DType::float32;
  bool dbias = false;  // backward only

  static constexpr int64_t pixels_per_byte = 8;
  constexpr int64_t pixels() const { return h * w; }
  constexpr int64_t bytes_per_channel() const { return (pixels() + pixels_per_byte - 1) / pixels_per_byte; }
  Shape sides() const { return {n, bytes_per_channel(), 1, c}; }
  friend std::ostream& operator<<(std::ostream& out, const GlobalAverageProblem& problem);
};

// x is N,H,W,C, y N,1,1,C. Ensures y = the mean of x over H and W, and bit i % 8 of sides[n, i / 8, 0, c],
// uint8, = passes(activation, x[n, pixel i, c]); bits behind the last pixel are 0. Dense.
struct GlobalAverageForward {
  static constexpr std::string_view name = "global_average_forward";
  using Problem = GlobalAverageProblem;
  struct Args {
    TensorView x, y, sides;
  };
};

// Ensures dx[n,h,w,c] = dy[n,c] / (H W) times the activation's derivative (assigned): the gradient of what
// went into the activation. Where wanted, dbias[k] is the sum of channel k's dx. Dense.
struct GlobalAverageBackward {
  static constexpr std::string_view name = "global_average_backward";
  using Problem = GlobalAverageProblem;
  struct Args {
    TensorView dy, sides, dx, dbias;
  };
};

template <>
std::span<const Implementation<GlobalAverageForward>> implementations();
template <>
std::span<const Implementation<GlobalAverageBackward>> implementations();

}  // namespace graft
