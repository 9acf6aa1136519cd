#pragma once

#include "kernels/activation/activation.h"
#include "kernels/half_vector.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// A product ends in every activation but gelu, which would take registers from the product: the lists refuse it
// (refuse_product_with_gelu), and here nothing is left of it.
GRAFT_DEVICE float finish_product(Activation activation, float sum) {
  return activation.kind == Activation::gelu ? sum : activate(activation, sum);
}

// y = activation(sum + bias + residual) of element `at` in column k; bias [columns] and residual (like y) may
// be null. Bias is float32 always.
template <class Element>
struct EpilogueOf {
  const float* bias;
  const Element* residual;
  Activation activation;

  GRAFT_DEVICE float operator()(float sum, int k, int64_t at) const {
    if (bias) sum += bias[k];
    if (residual) sum += load(residual + at);
    return finish_product(activation, sum);
  }
  template <int width>
  GRAFT_DEVICE Floats<width> operator()(Floats<width> sum, int k, int64_t at) const {
    if (bias) add(sum, load_floats<width>(bias + k));
    if (residual) add(sum, load_floats<width>(residual + at));
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sum.at[i] = finish_product(activation, sum.at[i]);
    return sum;
  }
  // Of four neighbours; k and `at` are multiples of four.
  GRAFT_DEVICE Float4 operator()(Float4 sum, int k, int64_t at) const {
    if (bias) multiply_add(sum, 1, load4(bias + k));
    if (residual) multiply_add(sum, 1, load4(residual + at));
    return {finish_product(activation, sum.x), finish_product(activation, sum.y),
            finish_product(activation, sum.z), finish_product(activation, sum.w)};
  }
};

using Epilogue = EpilogueOf<float>;

// What has no epilogue, and partial sums that get theirs once they are added.
template <class Element>
constexpr EpilogueOf<Element> no_epilogue_of{nullptr, nullptr, Activation::none};
constexpr Epilogue no_epilogue = no_epilogue_of<float>;

// Where a product goes: in the type of its operands, or in float32 (parts of a sum, gradients of weights).
template <class Element>
struct Result {
  void* data;
  bool is_float32;

  GRAFT_DEVICE void put(int64_t at, float value) const {
    if (std::is_same_v<Element, float> || is_float32)
      store(static_cast<float*>(data) + at, value);
    else
      store(static_cast<Element*>(data) + at, value);
  }
  GRAFT_DEVICE void put4(int64_t at, const Float4& value) const {
    if (std::is_same_v<Element, float> || is_float32)
      store4(static_cast<float*>(data) + at, value);
    else
      store4(static_cast<Element*>(data) + at, value);
  }
  // Of parts of a sum, the part that begins so many floats on.
  GRAFT_DEVICE Result part(int64_t offset) const {
    return offset == 0 ? *this : Result{static_cast<float*>(data) + offset, true};
  }
};

template <class Element>
Result<Element> result_of(const TensorView& view) {
  return {view.data, view.dtype == DType::float32};
}

// Four neighbours of a row of a result: columns k to k + 4, element `at` of y. One 128-bit store where rows
// are whole fours, else one by one up to the row's end.
template <class Element>
GRAFT_DEVICE void store_fours(const Result<Element>& y, int64_t at, int k, int columns, const Float4& sum,
                              const EpilogueOf<Element>& epilogue) {
  if (k >= columns) return;
  if (columns % 4 == 0) return y.put4(at, epilogue(sum, k, at));
  const float sums[4] = {sum.x, sum.y, sum.z, sum.w};
  GRAFT_UNROLL
  for (int i = 0; i < 4; ++i)
    if (k + i < columns) y.put(at + i, epilogue(sums[i], k + i, at + i));
}

}  // namespace graft::GRAFT_TARGET
