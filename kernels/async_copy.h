#pragma once

#include "kernels/simt.h"

// Copies from global to shared memory that run beside the computation (cp.async, PTX ISA 9.7.9.25). The
// destination belongs to the copy from its issue to the wait: nobody may read or write it in between. After
// the wait the issuing thread sees the data; others see it behind the next barrier.
//
//   async_copy<bytes>(to, from)            4, 8 or 16 bytes, both addresses multiples of it
//   async_copy<bytes>(to, from, inside)    writes zeros where not inside; `from` is then not read
//   async_commit()                         closes a group of the thread's copies
//   async_wait<pending>()                  until at most so many of the thread's newest groups are unfinished
namespace graft::GRAFT_TARGET {

template <int bytes>
concept AsyncBytes = bytes == 4 || bytes == 8 || bytes == 16;

#ifdef __CUDACC__

template <int bytes>
GRAFT_DEVICE void async_copy(void* to, const void* from, bool inside = true) requires AsyncBytes<bytes> {
  const auto shared = static_cast<uint32_t>(__cvta_generic_to_shared(to));
  const int source = inside ? bytes : 0;
  if constexpr (bytes == 16)  // past the first-level cache: each element is read once by a block
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from), "r"(source)
                 : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared), "l"(from), "n"(bytes),
                 "r"(source)
                 : "memory");
}
GRAFT_DEVICE void async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int pending>
GRAFT_DEVICE void async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

#else

// Here a copy is done when it is issued, unless the emulator's options say otherwise
// (emulator/async_copies.h).
template <int bytes>
GRAFT_UNWATCHED GRAFT_DEVICE void async_copy(void* to, const void* from,
                                             bool inside = true) requires AsyncBytes<bytes> {
  if (!emulator::current->block->copies_at_once)
    emulator::async_copy(to, inside ? from : nullptr, bytes, __builtin_return_address(0));
  else if (inside)
    __builtin_memcpy(to, from, bytes);
  else
    __builtin_memset(to, 0, bytes);
}
GRAFT_UNWATCHED GRAFT_DEVICE void async_commit() {
  if (!emulator::current->block->copies_at_once) emulator::async_commit();
}
template <int pending>
GRAFT_UNWATCHED GRAFT_DEVICE void async_wait() {
  if (!emulator::current->block->copies_at_once) emulator::async_wait(pending);
}

#endif

}  // namespace graft::GRAFT_TARGET
