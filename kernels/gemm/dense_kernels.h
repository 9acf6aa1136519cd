#pragma once

#include <type_traits>

#include "kernels/gemm/dense.h"
#include "kernels/gemm/gemm_shape.h"
#include "kernels/gemm/split_sums.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

SplitSum dense_weights_split(const DenseProblem& problem);
size_t dense_backward_weights_tiled_scratch(const DenseProblem& problem);

template <class Op>
GemmShape dense_gemm_shape(const DenseProblem& p) {
  constexpr GemmForm form = std::is_same_v<Op, DenseForward>        ? GemmForm::nt
                            : std::is_same_v<Op, DenseBackwardData> ? GemmForm::nn
                                                                    : GemmForm::tn;
  return GemmShape::of_layer(form, p.n, p.inputs, p.outputs, p.dtype);
}
template <class Op>
std::string refuse_dense_gemm(const DenseProblem& problem, const DeviceProperties&) {
  return dense_gemm_shape<Op>(problem).refuse();
}
template <class Op>
size_t dense_gemm_scratch(const DenseProblem& problem) {
  return dense_gemm_shape<Op>(problem).scratch_bytes();
}
size_t dense_backward_weights_gemm_scratch(const DenseProblem& problem);

// So few rows that the weights are read once and memory is the limit.
constexpr int64_t most_gemv_rows = 8;
SplitSum dense_gemv_split(const DenseProblem& problem);  // backward, data: of the sum over the outputs
size_t dense_backward_data_gemv_scratch(const DenseProblem& problem);
template <class Op>
std::string refuse_dense_gemv(const DenseProblem& p, const DeviceProperties& device) {
  constexpr int64_t most = 1 << 30;
  if (p.n > most_gemv_rows) return text(p.n, " rows are more than ", most_gemv_rows);
  if (p.inputs > most || p.outputs > most)
    return text("a layer of ", p.inputs, " x ", p.outputs, " is beyond ", most);
  if (p.inputs % 4) return text("rows of ", p.inputs, " cannot be read four at a time");
  return refuse_other_than_float32<Op>(p, device);
}

}  // namespace graft

GRAFT_FOR_EACH_TARGET(
    void dense_forward_gemv(const DenseProblem&, const DenseForward::Args&, const RunContext&);
    void dense_backward_data_gemv(const DenseProblem&, const DenseBackwardData::Args&, const RunContext&);
    template <Math math>
    void dense_forward_gemm(const DenseProblem&, const DenseForward::Args&, const RunContext&);
    template <Math math>
    void dense_backward_data_gemm(const DenseProblem&, const DenseBackwardData::Args&, const RunContext&);
    template <Math math>
    void dense_backward_weights_gemm(const DenseProblem&, const DenseBackwardWeights::Args&,
                                     const RunContext&);
    void dense_forward_tiled(const DenseProblem&, const DenseForward::Args&, const RunContext&);
    void dense_backward_data_tiled(const DenseProblem&, const DenseBackwardData::Args&, const RunContext&);
    void dense_backward_weights_tiled(const DenseProblem&, const DenseBackwardWeights::Args&,
                                      const RunContext&);)
