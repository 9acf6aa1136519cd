#pragma once

#include "kernels/conv/conv.h"
#include "kernels/gemm/split_sums.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

// Why depthwise loops, which know 3x3 and 5x5, cannot serve the problem, or nothing.
std::string refuse_depthwise_filter(const ConvProblem& problem);
// Why a depthwise kernel cannot serve the problem, or nothing.
std::string refuse_depthwise(const ConvProblem& problem, const DeviceProperties& device);

// How the pixels of the weights' gradient are cut into parts: in tiles of the output.
SplitSum depthwise_weights_split(const ConvProblem& problem);
size_t conv_backward_weights_depthwise_scratch(const ConvProblem& problem);

// Output pixels of one thread's tile. Of stride 2 fewer columns, because each reads twice as many.
constexpr int depthwise_tile_rows = 2;
constexpr int depthwise_tile_columns(int64_t stride) { return stride == 2 ? 2 : 4; }

// A block has 32 neighbouring channels of some tiles.
constexpr int depthwise_channels = 32, depthwise_threads = 128;

}  // namespace graft

GRAFT_FOR_EACH_TARGET(
    void conv_forward_depthwise(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    void conv_backward_data_depthwise(const ConvProblem&, const ConvBackwardData::Args&, const RunContext&);
    void conv_backward_weights_depthwise(const ConvProblem&, const ConvBackwardWeights::Args&,
                                         const RunContext&);)
