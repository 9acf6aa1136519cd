#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// a and y are [n, pixels, c]; b is the same, or [n, c] where `broadcast`: one factor a channel for all pixels
// of a picture, as in squeeze-and-excitation (arXiv:1709.01507).
struct MultiplyProblem {
  int64_t n, pixels, c;
  bool broadcast = false;
  bool wants_da = true, wants_db = true;  // backward only
  DType dtype = DType::float32;
  int64_t count() const { return n * pixels * c; }
  int64_t b_count() const { return broadcast ? n * c : count(); }
  friend std::ostream& operator<<(std::ostream& out, const MultiplyProblem& problem);
};

// Ensures y = a b. Dense; y may be a, and b where not broadcast.
struct MultiplyForward {
  static constexpr std::string_view name = "multiply_forward";
  using Problem = MultiplyProblem;
  struct Args {
    TensorView a, b, y;
  };
};

// Ensures da = dy b and db = dy a, summed over the pixels where broadcast (each assigned where wanted, and
// then absent where not). a is read where db is wanted, b where da is. Dense; da may be dy, which is all that
// may overlap.
struct MultiplyBackward {
  static constexpr std::string_view name = "multiply_backward";
  using Problem = MultiplyProblem;
  struct Args {
    TensorView a, b, dy, da, db;
  };
};

template <>
std::span<const Implementation<MultiplyForward>> implementations();
template <>
std::span<const Implementation<MultiplyBackward>> implementations();

}  // namespace graft
