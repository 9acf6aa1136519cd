#pragma once

#include <cmath>
#include <ostream>

#include "engine/op.h"

namespace graft {

// sigmoid 1 / (1 + e^-x); silu x sigmoid(x) (arXiv:1702.03118); hard_sigmoid min(max(x + 3, 0), 6) / 6 and
// hard_swish x hard_sigmoid(x) (arXiv:1905.02244); leaky_relu x where positive, else slope x; gelu x times
// the normal distribution's share below x, from the error function (arXiv:1606.08415).
struct Activation {
  enum Kind : uint8_t { none, relu, relu6, sigmoid, silu, hard_sigmoid, hard_swish, leaky_relu, gelu };

  Kind kind;
  float slope;  // leaky_relu's, >= 0; else 0

  constexpr Activation(Kind kind = none, float slope = 0) : kind(kind), slope(slope) {}
  friend constexpr bool operator==(const Activation&, const Activation&) = default;
};

std::string_view name_of(Activation activation);

// From e^-|x|, which cannot overflow.
template <class T>
constexpr T sigmoid(T x) {
  const T e = std::exp(x < T(0) ? x : -x);
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}

template <class T>
constexpr T hard_sigmoid(T x) {
  const T y = (x + T(3)) * T(1.0 / 6);
  return y < T(0) ? T(0) : y > T(1) ? T(1) : y;
}

// Half the complementary error function: the share of the normal distribution below x, which loses nothing
// far below zero, where 1 + erf would.
template <class T>
constexpr T normal_share(T x) {
  return T(0.5) * std::erfc(x * T(-0.70710678118654752));
}

// In float, what is not exact is within activation_error of the value, given an expf within 2 and an erfcf
// within 4 units in the last place of the rounded value, as CUDA's (CUDA C++ Programming Guide, Mathematical
// Functions); gelu's is larger by x^2 units, because its argument's rounding is.
constexpr double activation_error = 8.0 / (1 << 24);

template <class T>
constexpr T activate(Activation activation, T x) {
  const Activation::Kind kind = activation.kind;
  if (kind == Activation::none) return x;
  if (kind == Activation::sigmoid) return sigmoid(x);
  if (kind == Activation::silu) return x * sigmoid(x);
  if (kind == Activation::hard_sigmoid) return hard_sigmoid(x);
  if (kind == Activation::hard_swish) return x * hard_sigmoid(x);
  if (kind == Activation::gelu) return x * normal_share(x);
  if (kind == Activation::leaky_relu) return x > T(0) ? x : T(activation.slope) * x;
  const T positive = x > T(0) ? x : T(0);
  return kind == Activation::relu6 && positive > T(6) ? T(6) : positive;
}

// Which of its operands the gradient is told from: those that are not monotonic need x, the others make do
// with y, so that nobody keeps their input.
constexpr bool gradient_reads_input(Activation activation) {
  return activation.kind == Activation::silu || activation.kind == Activation::hard_swish ||
         activation.kind == Activation::gelu;
}

// Whether the gradient is told from which side of its kinks y is on.
constexpr bool gradient_reads_side(Activation activation) {
  return activation.kind == Activation::relu || activation.kind == Activation::relu6 ||
         activation.kind == Activation::leaky_relu;
}
// Of those: the side on which the whole gradient passes.
template <class T>
constexpr bool passes(Activation activation, T y) {
  return (y > T(0)) & (activation.kind != Activation::relu6 || y < T(6));
}
// The gradient, from any value on y's side of the kinks: x is one.
template <class T>
constexpr T side_gradient(Activation activation, T side, T dy) {
  if (activation.kind == Activation::none || passes(activation, side)) return dy;
  return activation.kind == Activation::leaky_relu ? T(activation.slope) * dy : T(0);
}
// What makes of such a side, 0 or 1, the gradient that the activation makes of its y.
constexpr Activation of_side(Activation activation) {
  return activation.kind == Activation::relu6 ? Activation(Activation::relu) : activation;
}

template <class T>
constexpr T silu_gradient(T x, T dy) {
  const T e = std::exp(x < T(0) ? x : -x), near = T(1) / (T(1) + e), far = e * near;
  const T s = x < T(0) ? far : near, rest = x < T(0) ? near : far;  // sigmoid(x) and 1 - sigmoid(x)
  return dy * s * (T(1) + x * rest);
}

template <class T>
constexpr T gelu_gradient(T x, T dy) {
  const T density = T(0.39894228040143268) * std::exp(T(-0.5) * x * x);
  return dy * (normal_share(x) + x * density);
}

// dy times the derivative; `saved` is x where gradient_reads_input(), else y. At the kinks of relu, relu6 and
// hard_sigmoid nothing passes, and at leaky_relu's the slope, as in PyTorch. Comparisons are joined by &, so
// that loops over elements have no branch that depends on the data.
template <class T>
constexpr T activation_gradient(Activation activation, T saved, T dy) {
  switch (activation.kind) {
    case Activation::none: return dy;
    case Activation::relu: return saved > T(0) ? dy : T(0);
    case Activation::relu6: return (saved > T(0)) & (saved < T(6)) ? dy : T(0);
    case Activation::sigmoid: return dy * saved * (T(1) - saved);
    case Activation::silu: return silu_gradient(saved, dy);
    case Activation::hard_sigmoid: return (saved > T(0)) & (saved < T(1)) ? dy * T(1.0 / 6) : T(0);
    case Activation::hard_swish:
      return saved <= T(-3) ? T(0) : saved >= T(3) ? dy : dy * (saved * T(1.0 / 3) + T(0.5));
    case Activation::leaky_relu: return saved > T(0) ? dy : T(activation.slope) * dy;
    case Activation::gelu: return gelu_gradient(saved, dy);
  }
  return dy;
}

// body(activation), its kind a compile-time constant: a loop over elements then decides nothing.
template <Activation::Kind kind>
struct ActivationConstant {
  float slope = 0;
  constexpr operator Activation() const { return {kind, slope}; }
};
template <class Body>
void with_constant(Activation activation, const Body& body) {
  switch (activation.kind) {
    case Activation::none: return body(ActivationConstant<Activation::none>{});
    case Activation::relu: return body(ActivationConstant<Activation::relu>{});
    case Activation::relu6: return body(ActivationConstant<Activation::relu6>{});
    case Activation::sigmoid: return body(ActivationConstant<Activation::sigmoid>{});
    case Activation::silu: return body(ActivationConstant<Activation::silu>{});
    case Activation::hard_sigmoid: return body(ActivationConstant<Activation::hard_sigmoid>{});
    case Activation::hard_swish: return body(ActivationConstant<Activation::hard_swish>{});
    case Activation::leaky_relu: return body(ActivationConstant<Activation::leaky_relu>{activation.slope});
    case Activation::gelu: return body(ActivationConstant<Activation::gelu>{});
  }
}

struct ActivationProblem {
  int64_t n, h, w, c;
  Activation activation;
  DType dtype = DType::float32;
  bool dbias = false, masked = false;  // backward only
  int64_t rows() const { return n * h * w; }
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

// Where gradient_reads_side(): ensures mask[i] = passes(activation, y[i]), uint8, all that the gradient needs
// of y. y and mask dense.
struct ActivationMask {
  static constexpr std::string_view name = "activation_mask";
  using Problem = ActivationProblem;
  struct Args {
    TensorView y, mask;
  };
};

// Ensures dx[i] = dy[i] times the derivative (assigned), told from x where gradient_reads_input(), else from
// y, which is its mask where the problem is masked; the other of the two is not read and may be absent. Where
// wanted, dbias[k] is the sum of channel k's dx: the gradient of what was added in front of the activation.
// Dense; dx may be dy.
struct ActivationBackward {
  static constexpr std::string_view name = "activation_backward";
  using Problem = ActivationProblem;
  struct Args {
    TensorView x, y, dy, dx, dbias;
  };
};

template <>
std::span<const Implementation<ActivationForward>> implementations();
template <>
std::span<const Implementation<ActivationMask>> implementations();
template <>
std::span<const Implementation<ActivationBackward>> implementations();

}  // namespace graft
