#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/gemm/gemm.h"
#include "kernels/reduce.h"
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
  if (p.bias)
    launch_column_sums<1>("conv_backward_bias", PlainTerm{floats(args.dy), p.k},
                          StoreTotal{floats(args.dbias)}, p.n * p.h * p.w, p.k, context.scratch,
                          context.stream);
}

}  // namespace graft::GRAFT_TARGET
