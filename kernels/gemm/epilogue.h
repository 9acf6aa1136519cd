#pragma once

#include "kernels/activation/activation.h"
#include "kernels/vector.h"

namespace graft::GRAFT_TARGET {

// y = activation(sum + bias + residual) of element `at` in column k; bias [columns] and residual (like y) may
// be null.
struct Epilogue {
  const float *bias, *residual;
  Activation activation;

  GRAFT_DEVICE float operator()(float sum, int k, int64_t at) const {
    if (bias) sum += bias[k];
    if (residual) sum += residual[at];
    return activate(activation, sum);
  }
  template <int width>
  GRAFT_DEVICE Floats<width> operator()(Floats<width> sum, int k, int64_t at) const {
    if (bias) add(sum, load_floats<width>(bias + k));
    if (residual) add(sum, load_floats<width>(residual + at));
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sum.at[i] = activate(activation, sum.at[i]);
    return sum;
  }
  // Of four neighbours; k and `at` are multiples of four.
  GRAFT_DEVICE Float4 operator()(Float4 sum, int k, int64_t at) const {
    if (bias) multiply_add(sum, 1, load4(bias + k));
    if (residual) multiply_add(sum, 1, load4(residual + at));
    return {activate(activation, sum.x), activate(activation, sum.y), activate(activation, sum.z),
            activate(activation, sum.w)};
  }
};

// What has no epilogue, and partial sums that get theirs once they are added.
constexpr Epilogue no_epilogue{nullptr, nullptr, Activation::none};

// Four neighbours of a row of a result: columns k to k + 4, element `at` of y. One 128-bit store where rows
// are whole fours, else one by one up to the row's end.
GRAFT_DEVICE void store_fours(float* y, int64_t at, int k, int columns, const Float4& sum,
                              const Epilogue& epilogue) {
  if (k >= columns) return;
  if (columns % 4 == 0) return store4(y + at, epilogue(sum, k, at));
  const float sums[4] = {sum.x, sum.y, sum.z, sum.w};
  GRAFT_UNROLL
  for (int i = 0; i < 4; ++i)
    if (k + i < columns) y[at + i] = epilogue(sums[i], k + i, at + i);
}

}  // namespace graft::GRAFT_TARGET
