#pragma once

#include "kernels/separable_block/lines.h"

namespace graft::separable_block {

// A strip's outputs.
template <class T>
struct Outputs {
  T* y;
  const T* residual;  // or null
  const float* bias;
  int64_t channels;
  ActivationBounds bounds;

  // From y[at] on.
  template <int count>
  GRAFT_INLINE void write(const Part<T, count>& part, Vectors<count>(&sums), int64_t at) const {
    if (residual) part.add(residual + at, sums);
    clip(bounds, sums);
    part.store(sums, y + at);
  }
};

}  // namespace graft::separable_block
