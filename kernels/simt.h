#pragma once

// The only runtime header of a kernel file. nvcc maps these names to CUDA, the host compiler to the emulator.
// Everything in a kernel file lives in namespace graft::GRAFT_TARGET, so that the same name in two objects is
// two functions.
//
//   GRAFT_KERNEL, GRAFT_KERNEL_BOUNDED(threads)   a kernel; the latter for blocks of at most so many threads
//   GRAFT_KERNEL_BOUNDED(threads, blocks)         and registers for so many blocks a multiprocessor
//   GRAFT_DEVICE                                  a function that kernels call
//   GRAFT_UNROLL GRAFT_NO_UNROLL                  before a loop with constant bounds
//   thread_index() block_index() block_size() grid_size()    Int3 {x, y, z}
//   lane_index() warp_index()                     of the thread in its block; x runs fastest
//   block_barrier()                               all threads of the block, or none
//   shared_memory<T>()                            the block's one shared struct; unknown contents at first
//   warp_barrier(mask)
//   shuffle(value, lane, mask)  shuffle_xor(value, bits, mask)
//   shuffle_up(value, by, mask)  shuffle_down(value, by, mask)
//   warp_any(flag, mask)  warp_all(flag, mask)  warp_ballot(flag, mask)
//   warp_sum<width>(value, mask)  warp_max<width>  warp_min<width>    over aligned groups of `width` lanes
//   atomic_add(uint32_t*, value)                  returns the old value; acquire and release, whole device
//   atomic_load(const uint32_t*)  atomic_store(uint32_t*, value)    acquire; release
//   launch(name, kernel, grid, block, shared_bytes, stream, arguments...)
//
// vector.h has 128-bit accesses, async_copy.h copies into shared memory that run beside the computation.
//
// A warp operation is one for the lanes in its mask: each of them must be in it, none may have returned, and
// a value may only be taken from one of them.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/launch_size.h"

#ifndef GRAFT_TARGET
#error \
    "a kernel file is compiled by graft_kernel_sources() of kernels/kernel_sources.cmake, which names its GRAFT_TARGET"
#endif

namespace graft {
class Stream;
}

namespace graft::GRAFT_TARGET {

constexpr int warp_size = 32;
constexpr uint32_t all_lanes = 0xffffffffu;

template <class T>
concept WarpValue = std::is_arithmetic_v<T> &&(sizeof(T) == 4 || sizeof(T) == 8);

// True where every argument becomes its parameter without losing bits: no 64-bit count slips into an int.
template <class Parameter, class Argument>
concept LosslesslyPassed = requires(Argument&& argument) {
  Parameter{static_cast<Argument&&>(argument)};
};

}  // namespace graft::GRAFT_TARGET

#ifdef __CUDACC__
#include "kernels/simt_cuda.h"
#else
#include "kernels/simt_emulated.h"
#endif

namespace graft::GRAFT_TARGET {

// A tree of exchanges: all lanes get the same bits, and both targets add in the same order.
template <int width = warp_size, WarpValue T>
GRAFT_DEVICE T warp_sum(T value, uint32_t mask = all_lanes) {
  return warp_butterfly<width>(value, mask, [](T a, T b) { return a + b; });
}

template <int width = warp_size, WarpValue T>
GRAFT_DEVICE T warp_max(T value, uint32_t mask = all_lanes) {
  return warp_butterfly<width>(value, mask, [](T a, T b) { return a < b ? b : a; });
}

template <int width = warp_size, WarpValue T>
GRAFT_DEVICE T warp_min(T value, uint32_t mask = all_lanes) {
  return warp_butterfly<width>(value, mask, [](T a, T b) { return b < a ? b : a; });
}

}  // namespace graft::GRAFT_TARGET
