#pragma once

#include <bit>
#include <limits>

#include "kernels/activation/activation.h"
#include "kernels/host_vectors.h"

namespace graft::norm_conv {

template <int bytes>
using Floats = typename HostVector<float, bytes>::type;
template <int bytes>
constexpr int64_t lanes = bytes / static_cast<int64_t>(sizeof(float));

template <int bytes>
GRAFT_INLINE inline Floats<bytes>& vector_at(float* from) {
  return *reinterpret_cast<Floats<bytes>*>(from);
}
template <int bytes>
GRAFT_INLINE inline const Floats<bytes>& vector_at(const float* from) {
  return *reinterpret_cast<const Floats<bytes>*>(from);
}

// Where an activation clips; nothing passes at the bounds or beyond.
struct Bounds {
  float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();
  int32_t all = 0;  // no activation: its bits are set

  explicit Bounds(Activation activation) {
    if (activation.kind != Activation::none) least = 0;
    if (activation.kind == Activation::relu6) most = 6;
    if (activation.kind == Activation::none) all = -1;
  }

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
    x = x > bounds.least ? x : bounds.least;
    x = x < bounds.most ? x : bounds.most;
  }
};

template <int bytes, bool streams>
GRAFT_INLINE inline void store(const Floats<bytes>& value, float* to) {
  if constexpr (streams)
    store_streaming<bytes>(value, to);
  else
    vector_at<bytes>(to) = value;
}

}  // namespace graft::norm_conv
