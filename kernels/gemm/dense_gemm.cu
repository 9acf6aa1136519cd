#include "kernels/gemm/dense_kernels.h"
#include "kernels/gemm/gemm.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

// Dense layers on the products of gemm.cu.
namespace graft::GRAFT_TARGET {

template <Math math>
void dense_forward_gemm(const DenseProblem& p, const DenseForward::Args& args, const RunContext& context) {
  gemm<math>(dense_gemm_shape<DenseForward>(p), floats(args.x), floats(args.w), floats(args.y),
             {p.bias ? floats(args.bias) : nullptr, nullptr, p.activation}, context);
}

template <Math math>
void dense_backward_data_gemm(const DenseProblem& p, const DenseBackwardData::Args& args,
                              const RunContext& context) {
  gemm<math>(dense_gemm_shape<DenseBackwardData>(p), floats(args.dy), floats(args.w), floats(args.dx),
             no_epilogue, context);
}

template <Math math>
void dense_backward_weights_gemm(const DenseProblem& p, const DenseBackwardWeights::Args& args,
                                 const RunContext& context) {
  gemm<math>(dense_gemm_shape<DenseBackwardWeights>(p), floats(args.dy), floats(args.x), floats(args.dw),
             no_epilogue, context);
  if (p.bias)
    launch_column_sums<1>("dense_backward_bias", PlainTerm{floats(args.dy), p.outputs},
                          StoreTotal{floats(args.dbias)}, p.n, p.outputs, context.scratch, context.stream);
}

template void dense_forward_gemm<Math::fp32>(const DenseProblem&, const DenseForward::Args&,
                                             const RunContext&);
template void dense_backward_data_gemm<Math::fp32>(const DenseProblem&, const DenseBackwardData::Args&,
                                                   const RunContext&);
template void dense_backward_weights_gemm<Math::fp32>(const DenseProblem&, const DenseBackwardWeights::Args&,
                                                      const RunContext&);
template void dense_forward_gemm<Math::tf32>(const DenseProblem&, const DenseForward::Args&,
                                             const RunContext&);
template void dense_backward_data_gemm<Math::tf32>(const DenseProblem&, const DenseBackwardData::Args&,
                                                   const RunContext&);
template void dense_backward_weights_gemm<Math::tf32>(const DenseProblem&, const DenseBackwardWeights::Args&,
                                                      const RunContext&);

}  // namespace graft::GRAFT_TARGET
