#pragma once

#include "kernels/emulator/checker.h"

// The short way of an access: two comparisons where the last write and all reads lie before the last barrier,
// before the launch, or are the thread's own.
namespace graft::emulator {

constexpr Epoch any_clock = Epoch{max_clock} << thread_bits;

template <bool writes, Space space>
inline void Checker::check_cell(Cell& cell, uintptr_t at, int bytes, const void* line) {
  constexpr bool global = space == Space::global;
  const auto before_barrier = [this](Epoch epoch) { return epoch - block_start_ < base_ - block_start_; };
  const auto mine = [this](Epoch epoch) { return ((epoch ^ me_) & ~any_clock) == 0; };

  const Epoch write = cell.write, read = cell.read;
  bool write_known = before_barrier(write) || mine(write);
  if constexpr (global) write_known |= write - 1 < launch_start_ - 1;
  if constexpr (!global && writes) write_known |= write < block_start_;  // nobody has, in this block
  bool reads_known = read < (global ? launch_start_ : base_);
  if constexpr (global) reads_known |= before_barrier(read) && cell.spread != Spread::many_blocks;

  if (write_known) [[likely]] {
    if constexpr (writes) {
      if (reads_known || (mine(read) && cell.lanes == my_lane_ && cell.spread == Spread::one_warp))
        return record_write(cell, line);
    } else {
      if (read == me_) return;
      if (reads_known) return record_only_reader(cell, line);
      // Another reader: once they are of several warps or blocks, one more makes no difference.
      if (cell.spread == Spread::many_blocks) return;
      if (cell.spread == Spread::many_warps && (!global || serial_of(read) == serial_of(me_))) return;
      if ((read ^ me_) < 32 && cell.spread == Spread::one_warp) {
        cell.lanes |= my_lane_;
        return;
      }
    }
  }
  resolve(cell, {at, bytes, writes, space, line});
}

inline void Checker::record_write(Cell& cell, const void* line) const {
  cell.write = me_;
  cell.read = nobody;
  cell.lanes = 0;
  cell.spread = Spread::one_warp;
  cell.write_line = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(line));
}

inline void Checker::record_only_reader(Cell& cell, const void* line) const {
  cell.read = me_;
  cell.lanes = my_lane_;
  cell.spread = Spread::one_warp;
  cell.read_line = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(line));
}

template <bool writes, Space space>
inline void Checker::check_words(const Shadow& shadow, size_t offset, uintptr_t at, int bytes,
                                 const void* line) {
  if (counting_) [[unlikely]]
    trace({at, bytes, writes, space, line});
  for (int i = 0; i < bytes; i += 4)
    check_cell<writes, space>(shadow.word(offset + static_cast<size_t>(i)), at + static_cast<uintptr_t>(i), 4,
                              line);
}

template <bool writes, int bytes>
inline void Checker::access(const void* address, const void* line) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(address);
  if (bytes >= 4 && at % bytes == 0) [[likely]] {
    const size_t in_shared = at - shared_begin_, in_global = at - global_begin_;
    if (in_shared < shared_bytes_ && shared_bytes_ - in_shared >= bytes)
      return check_words<writes, Space::shared>(shared_, in_shared, at, bytes, line);
    if (in_global < GuardedMemory::capacity)
      return check_words<writes, Space::global>(global_, in_global, at, bytes, line);
  }
  if (at - stack_begin_ < stack_bytes_) return;
  check_memory({at, bytes, writes, Space::shared, line});
}

}  // namespace graft::emulator
