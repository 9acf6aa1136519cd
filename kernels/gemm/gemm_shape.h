#pragma once

#include <string>

#include "kernels/gemm/product_plan.h"

namespace graft {

// A product y [m, n] of dense matrices, its sum of length k:
//   nt   a [m, k], b [n, k]    a layer forward
//   nn   a [m, k], b [k, n]    its backward, data
//   tn   a [k, m], b [k, n]    its backward, weights
enum class GemmForm : uint8_t { nt, nn, tn };

struct GemmShape {
  GemmForm form;
  int64_t m, n, k;
  DType dtype;  // of both operands

  // That of a layer from `inputs` to `outputs` on so many rows.
  static GemmShape of_layer(GemmForm form, int64_t rows, int64_t inputs, int64_t outputs, DType dtype);

  ProductPlan plan() const { return {dtype, m, n, k}; }
  size_t scratch_bytes() const { return plan().scratch_bytes(m * n); }
  // Why gemm.cu cannot form it; empty where it can.
  std::string refuse() const;
};

}  // namespace graft
