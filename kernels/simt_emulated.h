#pragma once

// Included by simt.h when the host compiler compiles; kernels/emulator/ does the work.

#include <source_location>
#include <tuple>

#include "kernels/emulator/emulator.h"
#include "kernels/emulator/thread.h"

#define GRAFT_KERNEL
#define GRAFT_KERNEL_BOUNDED(...)
#define GRAFT_DEVICE inline
#define GRAFT_UNROLL
#define GRAFT_NO_UNROLL

// The emulator's own accesses are not the kernel's. Without effect where nothing is instrumented.
#define GRAFT_UNWATCHED __attribute__((no_sanitize("thread")))

namespace graft::GRAFT_TARGET {

using emulator::Int3;

GRAFT_UNWATCHED GRAFT_DEVICE Int3 thread_index() { return emulator::current->index; }
GRAFT_UNWATCHED GRAFT_DEVICE Int3 block_index() { return emulator::current->block->index; }
GRAFT_UNWATCHED GRAFT_DEVICE Int3 block_size() { return emulator::current->block->size; }
GRAFT_UNWATCHED GRAFT_DEVICE Int3 grid_size() { return emulator::current->block->grid; }

GRAFT_UNWATCHED GRAFT_DEVICE int linear_thread_index() { return emulator::current->linear; }
GRAFT_DEVICE int lane_index() { return linear_thread_index() % warp_size; }
GRAFT_DEVICE int warp_index() { return linear_thread_index() / warp_size; }

GRAFT_DEVICE void block_barrier(std::source_location line = std::source_location::current()) {
  emulator::block_barrier(line);
}

template <class T>
GRAFT_UNWATCHED GRAFT_DEVICE T& shared_memory() {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 1024, "shared memory holds plain data");
  const emulator::Block& block = *emulator::current->block;
  if (sizeof(T) > block.shared_bytes || block.watched) emulator::use_shared_memory(sizeof(T));
  return *reinterpret_cast<T*>(block.shared);
}

// The lanes of a mask meet; the last one to come does the work for all of them.
template <class Operand>
GRAFT_DEVICE void warp_together(Operand& mine, uint32_t mask,
                                void (*work)(void* const* operands, uint32_t mask)) {
  emulator::warp_rendezvous(mask, &mine, work);
}

GRAFT_DEVICE void warp_barrier(uint32_t mask = all_lanes) { emulator::warp_barrier(mask); }

template <WarpValue T>
struct ShuffleOperand {
  T value, result;
  int source;
};

template <WarpValue T>
GRAFT_UNWATCHED void exchange(void* const* operands, uint32_t mask) {
  for (int lane = 0; lane < warp_size; ++lane) {
    if (!(mask >> lane & 1)) continue;
    auto& mine = *static_cast<ShuffleOperand<T>*>(operands[lane]);
    if (!(mask >> mine.source & 1)) emulator::shuffled_from_outside(lane, mine.source, mask);
    mine.result = static_cast<ShuffleOperand<T>*>(operands[mine.source])->value;
  }
}

template <WarpValue T>
GRAFT_DEVICE T shuffle(T value, int lane, uint32_t mask = all_lanes) {
  ShuffleOperand<T> mine{value, {}, lane & (warp_size - 1)};
  warp_together(mine, mask, exchange<T>);
  return mine.result;
}
template <WarpValue T>
GRAFT_DEVICE T shuffle_xor(T value, int bits, uint32_t mask = all_lanes) {
  return shuffle(value, lane_index() ^ bits, mask);
}
// A lane with no partner keeps its own value.
template <WarpValue T>
GRAFT_DEVICE T shuffle_up(T value, int by, uint32_t mask = all_lanes) {
  const int lane = lane_index();
  return shuffle(value, lane - by < 0 ? lane : lane - by, mask);
}
template <WarpValue T>
GRAFT_DEVICE T shuffle_down(T value, int by, uint32_t mask = all_lanes) {
  const int lane = lane_index();
  return shuffle(value, lane + by >= warp_size ? lane : lane + by, mask);
}

struct BallotOperand {
  bool flag;
  uint32_t result;
};

GRAFT_UNWATCHED inline void count_votes(void* const* operands, uint32_t mask) {
  uint32_t votes = 0;
  for (int lane = 0; lane < warp_size; ++lane)
    if (mask >> lane & 1)
      votes |= static_cast<uint32_t>(static_cast<BallotOperand*>(operands[lane])->flag) << lane;
  for (int lane = 0; lane < warp_size; ++lane)
    if (mask >> lane & 1) static_cast<BallotOperand*>(operands[lane])->result = votes;
}

GRAFT_DEVICE uint32_t warp_ballot(bool flag, uint32_t mask = all_lanes) {
  BallotOperand mine{flag, 0};
  warp_together(mine, mask, count_votes);
  return mine.result;
}
GRAFT_DEVICE bool warp_any(bool flag, uint32_t mask = all_lanes) { return warp_ballot(flag, mask) != 0; }
GRAFT_DEVICE bool warp_all(bool flag, uint32_t mask = all_lanes) { return warp_ballot(flag, mask) == mask; }

GRAFT_DEVICE uint32_t atomic_add(uint32_t* at, uint32_t value) {
  return __atomic_fetch_add(at, value, __ATOMIC_ACQ_REL);
}
GRAFT_DEVICE uint32_t atomic_load(const uint32_t* at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
GRAFT_DEVICE void atomic_store(uint32_t* at, uint32_t value) {
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

// One meeting instead of one for each exchange; the values are combined in the same pairs.
template <int width, class T, class Combine>
GRAFT_UNWATCHED void butterfly(void* const* operands, uint32_t mask) {
  T values[warp_size] = {}, next[warp_size] = {};
  for (int lane = 0; lane < warp_size; ++lane)
    if (mask >> lane & 1) values[lane] = *static_cast<T*>(operands[lane]);
  for (int bits = width / 2; bits > 0; bits /= 2) {
    for (int lane = 0; lane < warp_size; ++lane) {
      if (!(mask >> lane & 1)) continue;
      if (!(mask >> (lane ^ bits) & 1)) emulator::shuffled_from_outside(lane, lane ^ bits, mask);
      next[lane] = Combine{}(values[lane], values[lane ^ bits]);
    }
    for (int lane = 0; lane < warp_size; ++lane) values[lane] = next[lane];
  }
  for (int lane = 0; lane < warp_size; ++lane)
    if (mask >> lane & 1) *static_cast<T*>(operands[lane]) = values[lane];
}

template <int width, WarpValue T, class Combine>
GRAFT_DEVICE T warp_butterfly(T value, uint32_t mask, Combine) {
  static_assert(width >= 1 && width <= warp_size && (width & (width - 1)) == 0, "a power of two up to 32");
  warp_together(value, mask, butterfly<width, T, Combine>);
  return value;
}

template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), const GridSize& grid, const BlockSize& block,
            size_t shared_bytes, Stream& stream, Arguments&&... arguments) {
  static_assert((LosslesslyPassed<Parameters, Arguments> && ...),
                "an argument would be narrowed; convert it knowingly");
  if (!has_work(name, grid, block)) return;
  struct Call {
    void (*kernel)(Parameters...);
    std::tuple<Parameters...> arguments;
  };
  const Call call{kernel, {Parameters{static_cast<Arguments&&>(arguments)}...}};
  const auto run_thread = [](const void* data) {
    const Call& call = *static_cast<const Call*>(data);
    std::apply(call.kernel, call.arguments);
  };
#ifdef __SANITIZE_THREAD__
  constexpr bool instrumented = true;
#else
  constexpr bool instrumented = false;
#endif
  emulator::emulator_of(stream).run({name, grid, block, shared_bytes, run_thread, &call, sizeof call,
                                     instrumented, reinterpret_cast<const void*>(kernel)});
}

}  // namespace graft::GRAFT_TARGET
