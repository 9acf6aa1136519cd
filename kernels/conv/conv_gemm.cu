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
  gemm<math>(conv_gemm_shape<ConvForward>(p), floats(args.x), floats(args.w), floats(args.y),
             epilogue_of(p, args), context);
}

template <Math math>
void conv_backward_data_gemm(const ConvProblem& p, const ConvBackwardData::Args& args,
                             const RunContext& context) {
  gemm<math>(conv_gemm_shape<ConvBackwardData>(p), floats(args.dy), floats(args.w), floats(args.dx),
             no_epilogue, context);
}

template <Math math>
void conv_backward_weights_gemm(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                const RunContext& context) {
  gemm<math>(conv_gemm_shape<ConvBackwardWeights>(p), floats(args.dy), floats(args.x), floats(args.dw),
             no_epilogue, context);
  launch_conv_bias(p, args, context);
}

template void conv_forward_gemm<Math::fp32>(const ConvProblem&, const ConvForward::Args&, const RunContext&);
template void conv_backward_data_gemm<Math::fp32>(const ConvProblem&, const ConvBackwardData::Args&,
                                                  const RunContext&);
template void conv_backward_weights_gemm<Math::fp32>(const ConvProblem&, const ConvBackwardWeights::Args&,
                                                     const RunContext&);
template void conv_forward_gemm<Math::tf32>(const ConvProblem&, const ConvForward::Args&, const RunContext&);
template void conv_backward_data_gemm<Math::tf32>(const ConvProblem&, const ConvBackwardData::Args&,
                                                  const RunContext&);
template void conv_backward_weights_gemm<Math::tf32>(const ConvProblem&, const ConvBackwardWeights::Args&,
                                                     const RunContext&);

}  // namespace graft::GRAFT_TARGET
