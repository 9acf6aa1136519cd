#pragma once

#include <algorithm>
#include <ostream>

#include "engine/op.h"

namespace graft {

enum class Activation : uint8_t { none, relu, relu6 };

std::string_view name_of(Activation activation);

template <class T>
constexpr T activate(Activation activation, T x) {
  if (activation == Activation::none) return x;
  const T positive = x > T(0) ? x : T(0);
  return activation == Activation::relu6 && positive > T(6) ? T(6) : positive;
}

// Whether the gradient passes, told from the output. At the kinks it does not, as in PyTorch.
template <class T>
constexpr bool passes_gradient(Activation activation, T y) {
  return activation == Activation::none || (y > T(0) && (activation == Activation::relu || y < T(6)));
}

struct ActivationProblem {
  int64_t n, h, w, c;
  Activation activation;
  DType dtype = DType::float32;
  int64_t count() const { return n * h * w * c; }
  friend std::ostream& operator<<(std::ostream& out, const ActivationProblem& problem);
};

// Ensures y[i] = activation(x[i]). x and y dense; y may be x.
struct ActivationForward {
  static constexpr std::string_view name = "activation_forward";
  using Problem = ActivationProblem;
  struct Args {
    TensorView x, y;
  };
};

// Ensures dx[i] = dy[i] where the gradient passes, else 0 (assigned). Dense; dx may be dy.
struct ActivationBackward {
  static constexpr std::string_view name = "activation_backward";
  using Problem = ActivationProblem;
  struct Args {
    TensorView y, dy, dx;
  };
};

template <>
std::span<const Implementation<ActivationForward>> implementations();
template <>
std::span<const Implementation<ActivationBackward>> implementations();

}  // namespace graft
