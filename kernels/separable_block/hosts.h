#pragma once

#include "kernels/separable_block/separable_block.h"

namespace graft {

namespace separable_block {

// Why neither has it, or nothing.
std::string refuse_parts(const SeparableBlockProblem& problem);

}  // namespace separable_block

// Some rows of an image at a time, whose maps stay in a thread's caches: on bfloat16 with AMX, and on float32
// with AVX-512.
std::string refuse_separable_block_amx(const SeparableBlockProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<SeparableBlock>> prepare_separable_block_amx(const SeparableBlockProblem& problem,
                                                                      Device& device);

std::string refuse_separable_block_avx512(const SeparableBlockProblem& problem,
                                          const DeviceProperties& device);
std::unique_ptr<Prepared<SeparableBlock>> prepare_separable_block_avx512(const SeparableBlockProblem& problem,
                                                                         Device& device);

}  // namespace graft
