#pragma once

#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void channel_shuffle_simt(const ChannelShuffleProblem&, const ChannelShuffle::Args&,
                                                const RunContext&);)
