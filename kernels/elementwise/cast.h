#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

struct CastProblem {
  int64_t count;
  DType from, to;  // float32 and bfloat16
  friend std::ostream& operator<<(std::ostream& out, const CastProblem& problem);
};

// Ensures y[i] = x[i], rounded to nearest, ties to even, where y is narrower. Dense; y is not x.
struct Cast {
  static constexpr std::string_view name = "cast";
  using Problem = CastProblem;
  struct Args {
    TensorView x, y;
  };
};

template <>
std::span<const Implementation<Cast>> implementations();

}  // namespace graft
