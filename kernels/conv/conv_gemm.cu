#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/gemm.h"
#include "kernels/views.h"

// 1x1 convolutions of stride 1 without padding: NHWC pixels are the rows of a matrix, and the products are
// those of gemm.cu. No window, no coordinates.
namespace graft::GRAFT_TARGET {

template <Math math>
void conv_forward_gemm(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  using Element = ElementOf<math>;
  gemm<math>(conv_gemm_shape<ConvForward>(p), elements<Element>(args.x), elements<Element>(args.w),
             result_of<Element>(args.y), epilogue_of<Element>(p, args), context);
}

template <Math math>
void conv_backward_data_gemm(const ConvProblem& p, const ConvBackwardData::Args& args,
                             const RunContext& context) {
  using Element = ElementOf<math>;
  gemm<math>(conv_gemm_shape<ConvBackwardData>(p), elements<Element>(args.dy), elements<Element>(args.w),
             result_of<Element>(args.dx), no_epilogue_of<Element>, context);
}

template <Math math>
void conv_backward_weights_gemm(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                const RunContext& context) {
  using Element = ElementOf<math>;
  gemm<math>(conv_gemm_shape<ConvBackwardWeights>(p), elements<Element>(args.dy), elements<Element>(args.x),
             result_of<Element>(args.dw), no_epilogue_of<Element>, context);
  launch_conv_bias<Element>(p, args, context);
}

#define GRAFT_INSTANTIATE(math)                                                                           \
  template void conv_forward_gemm<math>(const ConvProblem&, const ConvForward::Args&, const RunContext&); \
  template void conv_backward_data_gemm<math>(const ConvProblem&, const ConvBackwardData::Args&,          \
                                              const RunContext&);                                         \
  template void conv_backward_weights_gemm<math>(const ConvProblem&, const ConvBackwardWeights::Args&,    \
                                                 const RunContext&);
GRAFT_INSTANTIATE(Math::fp32)
GRAFT_INSTANTIATE(Math::tf32)
GRAFT_INSTANTIATE(Math::bf16)

}  // namespace graft::GRAFT_TARGET
