#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// c is a multiple of groups. A shuffle of c / groups groups undoes it, and is its gradient.
struct ChannelShuffleProblem {
  int64_t rows, c, groups;  // every pixel of every picture is a row
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const ChannelShuffleProblem& problem);
};

// Ensures y[row, k groups + g] = x[row, g c / groups + k]: the groups' channels take turns
// (arXiv:1707.01083). Dense; y is not x.
struct ChannelShuffle {
  static constexpr std::string_view name = "channel_shuffle";
  using Problem = ChannelShuffleProblem;
  struct Args {
    TensorView x, y;
  };
};

template <>
std::span<const Implementation<ChannelShuffle>> implementations();

}  // namespace graft
