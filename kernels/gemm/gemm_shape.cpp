#include "kernels/gemm/gemm_shape.h"

#include "engine/check.h"

namespace graft {

GemmShape GemmShape::of_layer(GemmForm form, int64_t rows, int64_t inputs, int64_t outputs, DType dtype) {
  if (form == GemmForm::nt) return {form, rows, outputs, inputs, dtype};
  if (form == GemmForm::nn) return {form, rows, inputs, outputs, dtype};
  return {form, outputs, inputs, rows, dtype};
}

std::string GemmShape::refuse() const {
  constexpr int64_t most = 1 << 30, most_along_k = 1 << 23, most_elements = 1LL << 31;
  if (m > most || n > most || k > most) return text("a size of ", std::max({m, n, k}), " is beyond ", most);
  const bool a_along_k = form != GemmForm::tn, b_along_k = form == GemmForm::nt;
  if (a_along_k && k > most_along_k) return text("rows of ", k, " are beyond ", most_along_k);
  if (!b_along_k && k * std::max(a_along_k ? 0 : m, n) >= most_elements)
    return text("a matrix of ", k, " rows has 2^31 elements or more");
  for (const int64_t row : {a_along_k ? k : m, b_along_k ? k : n})
    if (row % piece_of(dtype))
      return text("rows of ", row, " cannot be read ", piece_of(dtype), " at a time");
  return {};
}

}  // namespace graft
