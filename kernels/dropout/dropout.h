#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

struct DropoutProblem {
  int64_t count;
  double probability;  // of an element becoming 0
  uint32_t layer;      // each dropout layer draws its own numbers
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const DropoutProblem& problem);
};

// Ensures y[i] = x[i] * kept(i) / (1 - probability); y may be x. kept(i) depends on the state's seed and
// step, the layer and i only (mask.h), so the backward pass is the same op on the gradient and
// nothing is saved.
struct Dropout {
  static constexpr std::string_view name = "dropout";
  using Problem = DropoutProblem;
  struct Args {
    TensorView x, y;
  };
};

template <>
std::span<const Implementation<Dropout>> implementations();

}  // namespace graft
