#pragma once

#include <ostream>

#include "engine/op.h"
#include "kernels/activation/activation.h"

namespace graft {

struct AddProblem {
  int64_t count;
  Activation activation = Activation::none;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const AddProblem& problem);
};

// Ensures y[i] = activation(a[i] + b[i]). Dense; y may be a or b.
struct Add {
  static constexpr std::string_view name = "add";
  using Problem = AddProblem;
  struct Args {
    TensorView a, b, y;
  };
};

struct CopyProblem {
  int64_t pixels, c;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const CopyProblem& problem);
};

// Ensures y = x, pixel by pixel; either may be a slice of channels (pixel_stride > c): concat and its
// gradient.
struct Copy {
  static constexpr std::string_view name = "copy";
  using Problem = CopyProblem;
  struct Args {
    TensorView x, y;
  };
};

template <>
std::span<const Implementation<Add>> implementations();
template <>
std::span<const Implementation<Copy>> implementations();

}  // namespace graft
