#include "kernels/emulator/thread.h"

#include "engine/check.h"
#include "kernels/emulator/block_runner.h"

// What a running kernel calls, handed to whoever runs its block.
namespace graft::emulator {

constinit thread_local Thread* current = nullptr;

void block_barrier(const std::source_location& line) { current->runner->block_barrier(line); }

void warp_rendezvous(uint32_t mask, void* operand, WarpWork work) {
  current->runner->warp_rendezvous(mask, operand, work);
}

void warp_barrier(uint32_t mask) {
  warp_rendezvous(mask, nullptr, [](void* const*, uint32_t lanes) {
    if (Checker* checker = current->runner->checker()) checker->warp_barrier(current->linear / 32, lanes);
  });
}

void async_copy(void* to, const void* from, int bytes, const void* return_address) {
  current->runner->copies().issue(current->linear, to, from, bytes, return_address);
}
void async_commit() { current->runner->copies().commit(current->linear); }
void async_wait(int pending) { current->runner->copies().wait(current->linear, pending); }

void use_shared_memory(size_t bytes) {
  const BlockRunner& runner = *current->runner;
  GRAFT_CHECK(bytes <= current->block->shared_bytes, call, "kernel ", runner.kernel(), " uses ", bytes,
              " bytes of shared memory; its launch gave it ", current->block->shared_bytes);
  if (runner.checker()) runner.checker()->use_shared_struct(bytes);
}

void shuffled_from_outside(int lane, int source, uint32_t mask) {
  fail(ErrorCode::call, "kernel ", current->runner->kernel(), ": lane ", lane, " takes a value from lane ",
       source, ", which mask ", std::hex, "0x", mask, " leaves out");
}

}  // namespace graft::emulator
