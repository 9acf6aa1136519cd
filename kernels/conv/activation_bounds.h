#pragma once

#include <limits>

#include "kernels/activation/activation.h"
#include "kernels/host_vectors.h"

namespace graft {

// Where an activation up to relu6 clips.
struct ActivationBounds {
  float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();

  explicit ActivationBounds(Activation activation) {
    if (activation.kind != Activation::none) least = 0;
    if (activation.kind == Activation::relu6) most = 6;
  }

  // A float or a vector of them; what is no number stays so.
  template <class Value>
  GRAFT_INLINE void clip(Value& value) const {
    value = value < least ? least : value;
    value = value > most ? most : value;
  }
};

}  // namespace graft
