#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>

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
  bool watched = false;        // by the checker
  bool copies_at_once = true;  // nobody watches, and an asynchronous copy is done when it is issued
};

struct Thread {
  Int3 index;
  int linear = 0;  // x + size.x * (y + size.y * z)
  const Block* block = nullptr;
  BlockRunner* runner = nullptr;
};

// The emulated thread that this host thread is running.
extern constinit thread_local Thread* current __attribute__((tls_model("initial-exec")));

// Where a thread waits is its line in the kernel file.
void block_barrier(const std::source_location& line = std::source_location::current());

// Waits until every lane of the mask has come, each with its operand. The last calls work() with the operands
// by lane; only those of the mask may be touched.
using WarpWork = void (*)(void* const* operands, uint32_t mask);
void warp_rendezvous(uint32_t mask, void* operand, WarpWork work);
void warp_barrier(uint32_t mask);

// For the current thread; see async_copies.h.
void async_copy(void* to, const void* from, int bytes, const void* return_address);
void async_commit();
void async_wait(int pending);

// What a kernel reads or writes by one instruction of 16 bytes, on the checked device.
void access_16_bytes(bool writes, const void* at, const void* return_address);

// The block's shared memory is used as a struct of that size.
void use_shared_memory(size_t bytes);

[[noreturn]] void shuffled_from_outside(int lane, int source, uint32_t mask);

}  // namespace graft::emulator
