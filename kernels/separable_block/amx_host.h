#pragma once

#include "kernels/separable_block/separable_block.h"

namespace graft {

// On bfloat16, by AMX: some rows of an image at a time, whose maps stay in a thread's caches.
std::string refuse_separable_block_amx(const SeparableBlockProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<SeparableBlock>> prepare_separable_block_amx(const SeparableBlockProblem& problem,
                                                                      Device& device);

}  // namespace graft
