#pragma once

#include <bit>

#include "kernels/conv/activation_bounds.h"
#include "kernels/conv/float_vectors.h"

namespace graft::norm_conv {

// An activation's bounds, at which nothing passes, nor beyond.
struct Bounds : ActivationBounds {
  int32_t all;  // no activation: its bits are set

  explicit Bounds(Activation activation)
      : ActivationBounds(activation), all(activation.kind == Activation::none ? -1 : 0) {}

  // All bits set where y, clipped, lies between the bounds. Floats that are not negative compare as their
  // bits; comparisons of vectors themselves would be taken to pieces.
  template <class Bits>
  GRAFT_INLINE void passing(Bits& y) const {
    const auto bits = std::bit_cast<int32_t>(most);
    y = (((0 - y) >> 31) & ((y - bits) >> 31)) | all;
  }
};

// What makes the normed map of x: for each channel what it is multiplied by and what is added.
struct Norm {
  const float *factor, *offset;
  Bounds bounds;

  template <int bytes>
  GRAFT_INLINE void apply(Floats<bytes>& x, int64_t c) const {
    x = x * vector_at<bytes>(factor + c) + vector_at<bytes>(offset + c);
    bounds.clip(x);
  }
};

}  // namespace graft::norm_conv
