#include "kernels/gemm/dense_kernels.h"
#include "kernels/gemm/gemm.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

// Dense layers on the products of gemm.cu.
namespace graft::GRAFT_TARGET {

template <Math math>
void dense_forward_gemm(const DenseProblem& p, const DenseForward::Args& args, const RunContext& context) {
  using Element = ElementOf<math>;
  const EpilogueOf<Element> epilogue{p.bias ? floats(args.bias) : nullptr, nullptr, p.activation};
  gemm<math>(dense_gemm_shape<DenseForward>(p), elements<Element>(args.x), elements<Element>(args.w),
             result_of<Element>(args.y), epilogue, context);
}

template <Math math>
void dense_backward_data_gemm(const DenseProblem& p, const DenseBackwardData::Args& args,
                              const RunContext& context) {
  using Element = ElementOf<math>;
  gemm<math>(dense_gemm_shape<DenseBackwardData>(p), elements<Element>(args.dy), elements<Element>(args.w),
             result_of<Element>(args.dx), no_epilogue_of<Element>, context);
}

template <Math math>
void dense_backward_weights_gemm(const DenseProblem& p, const DenseBackwardWeights::Args& args,
                                 const RunContext& context) {
  using Element = ElementOf<math>;
  gemm<math>(dense_gemm_shape<DenseBackwardWeights>(p), elements<Element>(args.dy), elements<Element>(args.x),
             result_of<Element>(args.dw), no_epilogue_of<Element>, context);
  if (p.bias)
    launch_column_sums<1>("dense_backward_bias", PlainTerm<Element>{elements<Element>(args.dy), p.outputs},
                          StoreTotal{floats(args.dbias)}, p.n, p.outputs, context.scratch, context.stream);
}

#define GRAFT_INSTANTIATE(math)                                                                              \
  template void dense_forward_gemm<math>(const DenseProblem&, const DenseForward::Args&, const RunContext&); \
  template void dense_backward_data_gemm<math>(const DenseProblem&, const DenseBackwardData::Args&,          \
                                               const RunContext&);                                           \
  template void dense_backward_weights_gemm<math>(const DenseProblem&, const DenseBackwardWeights::Args&,    \
                                                  const RunContext&);
GRAFT_INSTANTIATE(Math::fp32)
GRAFT_INSTANTIATE(Math::tf32)
GRAFT_INSTANTIATE(Math::bf16)

}  // namespace graft::GRAFT_TARGET
