#pragma once

#include "kernels/conv/conv.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// dbias, where the problem has one. Its sums take the place of the weights' in scratch, so it comes last.
template <class Element>
void launch_conv_bias(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                      const RunContext& context) {
  if (p.bias)
    launch_column_sums<1>("conv_backward_bias", PlainTerm<Element>{elements<Element>(args.dy), p.k},
                          StoreTotal{floats(args.dbias)}, p.n * p.p() * p.q(), p.k, context.scratch,
                          context.stream);
}

}  // namespace graft::GRAFT_TARGET
