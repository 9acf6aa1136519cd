#pragma once

#include <cstddef>
#include <cstdint>

// What a running kernel sees of the emulator.
namespace graft::emulator {

class BlockRunner;

struct Int3 {
  int x = 0, y = 0, z = 0;
};

struct Block {
  Int3 index, size, grid;
  unsigned char* shared = nullptr;
  size_t shared_bytes = 0;
};

struct Thread {
  Int3 index;
  int linear = 0;  // x + size.x * (y + size.y * z)
  const Block* block = nullptr;
  BlockRunner* runner = nullptr;
};

// The emulated thread that this host thread is running.
extern constinit thread_local Thread* current __attribute__((tls_model("initial-exec")));

void block_barrier();

// Waits until every lane of the mask has come, each with its operand. The last calls work() with the operands
// by lane; only those of the mask may be touched.
using WarpWork = void (*)(void* const* operands, uint32_t mask);
void warp_rendezvous(uint32_t mask, void* operand, WarpWork work);

[[noreturn]] void shared_memory_too_small(size_t needed);
[[noreturn]] void shuffled_from_outside(int lane, int source, uint32_t mask);

}  // namespace graft::emulator
