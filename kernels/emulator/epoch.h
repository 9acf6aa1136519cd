#pragma once

#include <cstdint>

namespace graft::emulator {

// Who did something, and when: [serial number of the block : 32][the thread's clock : 22][thread of the block
// : 10]. Serial numbers go up over all launches, clocks at every synchronisation of the thread.
using Epoch = uint64_t;

constexpr int thread_bits = 10, clock_bits = 22;
constexpr uint32_t max_clock = (1u << clock_bits) - 1;
constexpr Epoch nobody = 0, by_host = 1;
constexpr Epoch see_marks = ~Epoch{0};  // of a cell that is no plain one

constexpr Epoch epoch_of(uint32_t serial, uint32_t clock, uint32_t thread) {
  return Epoch{serial} << (clock_bits + thread_bits) | Epoch{clock} << thread_bits | thread;
}
constexpr uint32_t serial_of(Epoch epoch) {
  return static_cast<uint32_t>(epoch >> (clock_bits + thread_bits));
}
constexpr uint32_t clock_of(Epoch epoch) { return static_cast<uint32_t>(epoch >> thread_bits) & max_clock; }
constexpr uint32_t thread_of(Epoch epoch) { return static_cast<uint32_t>(epoch) & ((1u << thread_bits) - 1); }
constexpr uint32_t warp_of(Epoch epoch) { return thread_of(epoch) / 32; }
constexpr uint32_t lane_of(Epoch epoch) { return thread_of(epoch) % 32; }

}  // namespace graft::emulator
