#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/gemm.h"
#include "kernels/views.h"

// 1x1 convolutions of stride 1 without padding: NHWC pixels are the rows of a matrix, and the products are
// those of gemm.cu. No window, no coordinates.
namespace graft::GRAFT_TARGET {

void conv_forward_gemm(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  gemm(conv_gemm_shape<ConvForward>(p), floats(args.x), floats(args.w), floats(args.y), epilogue_of(p, args),
       context);
}

void conv_backward_data_gemm(const ConvProblem& p, const ConvBackwardData::Args& args,
                             const RunContext& context) {
  gemm(conv_gemm_shape<ConvBackwardData>(p), floats(args.dy), floats(args.w), floats(args.dx), no_epilogue,
       context);
}

void conv_backward_weights_gemm(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                const RunContext& context) {
  gemm(conv_gemm_shape<ConvBackwardWeights>(p), floats(args.dy), floats(args.x), floats(args.dw), no_epilogue,
       context);
  launch_conv_bias(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
