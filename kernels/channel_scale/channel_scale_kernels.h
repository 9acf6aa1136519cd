#pragma once

#include "kernels/channel_scale/channel_scale.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

size_t channel_scale_backward_simt_scratch(const ChannelScaleProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void channel_scale_forward_simt(const ChannelScaleProblem&,
                                                      const ChannelScaleForward::Args&, const RunContext&);
                      void channel_scale_backward_simt(const ChannelScaleProblem&,
                                                       const ChannelScaleBackward::Args&, const RunContext&);)
