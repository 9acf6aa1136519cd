#pragma once

#include <cstddef>
#include <cstdint>

namespace graft {

// Blocks of a grid. 64-bit, so that a count too large for the hardware is refused instead of cut.
struct GridSize {
  int64_t x = 1, y = 1, z = 1;
};

// Threads of a block.
struct BlockSize {
  int x = 1, y = 1, z = 1;
};

// False for a grid without blocks: there is nothing to launch. Throws Error{call} for what CUDA would refuse:
// a grid beyond 2^31-1 x 65535 x 65535, a block beyond 1024 x 1024 x 64 or of more than 1024 threads in all.
bool has_work(const char* kernel, const GridSize& grid, const BlockSize& block);

// Throws Error{device} that names the kernel.
[[noreturn]] void launch_failed(const char* kernel, const char* reason);

// ceil(count / per_block): the blocks that cover count elements.
constexpr int64_t blocks_for(int64_t count, int64_t per_block) { return (count + per_block - 1) / per_block; }

}  // namespace graft
