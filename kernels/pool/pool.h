#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

enum class PoolKind : uint8_t { max, average };

struct PoolWindow {
  int64_t begin, end;  // may reach outside the input; the caller clips
};

// x is N,H,W,C; y is N,P,Q,C. Output row i reads input rows [i * stride - pad_top, + r), or, where adaptive,
// [floor(i h / p), ceil((i + 1) h / p)): p = q = 1 is global pooling.
struct PoolProblem {
  PoolKind kind;
  int64_t n, h, w, c, p, q;
  bool adaptive = false;
  int64_t r = 0, s = 0;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  // Average: divide by the window clipped to the padded input instead of to the input.
  bool count_padding = false;
  DType dtype = DType::float32;
  bool saves_places = false;  // max, forward: write `places`
  bool y_slice = false;       // forward: y is a slice of the channels of wider pixels

  constexpr PoolWindow rows(int64_t i) const {
    return adaptive ? PoolWindow{i * h / p, ((i + 1) * h + p - 1) / p}
                    : PoolWindow{i * stride_h - pad_top, i * stride_h - pad_top + r};
  }
  constexpr PoolWindow columns(int64_t j) const {
    return adaptive ? PoolWindow{j * w / q, ((j + 1) * w + q - 1) / q}
                    : PoolWindow{j * stride_w - pad_left, j * stride_w - pad_left + s};
  }
  friend std::ostream& operator<<(std::ostream& out, const PoolProblem& problem);
};

// Ensures y is assigned. Max: of equal values the first in row order wins, and places[n,p,q,c] (uint8) is its
// place in the window, row * s + column counted from the window's unclipped corner (r * s <= 256; adaptive
// max is refused). Dense, but for a slice.
struct PoolForward {
  static constexpr std::string_view name = "pool_forward";
  using Problem = PoolProblem;
  struct Args {
    TensorView x, y, places;
  };
};

// Ensures dx is assigned: max routes dy to the saved place, average spreads it over the window.
struct PoolBackward {
  static constexpr std::string_view name = "pool_backward";
  using Problem = PoolProblem;
  struct Args {
    TensorView dy, places, dx;
  };
};

template <>
std::span<const Implementation<PoolForward>> implementations();
template <>
std::span<const Implementation<PoolBackward>> implementations();

}  // namespace graft
