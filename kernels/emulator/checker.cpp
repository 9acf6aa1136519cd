#include "kernels/emulator/checker.h"

#include <bit>

#include "engine/check.h"
#include "kernels/emulator/access.h"
#include "kernels/emulator/block_runner.h"
#include "kernels/emulator/source_line.h"

namespace graft::emulator {

constinit thread_local Checker* checker = nullptr;

Checker::Checker(GuardedMemory& memory)
    : global_begin_(reinterpret_cast<uintptr_t>(memory.begin())), memory_(memory) {}

void Checker::start_launch(const Launch& launch, bool count) {
  for (const auto& [what, range] : memory_.take_journal())
    if (what == GuardedMemory::Event::written)
      global_.written_by_host(range.begin, range.bytes);
    else
      global_.forget(range.begin, range.bytes);
  launch_ = &launch;
  counting_ = count;
  const int64_t blocks = launch.grid.x * launch.grid.y * launch.grid.z;
  GRAFT_CHECK(blocks < (int64_t{1} << 32) - next_serial_, call,
              "the checked device has run 2^32 blocks; open it again");
  launch_start_ = epoch_of(next_serial_, 0, 0);
  next_serial_ += static_cast<uint32_t>(blocks);
  clocks_.start_launch();
  blocks_.clear();
}

void Checker::start_block(const Block& block, int64_t block_number) {
  const uint32_t serial = serial_of(launch_start_) + static_cast<uint32_t>(blocks_.size());
  blocks_.push_back(block_number);
  if (block.shared_bytes > shared_capacity_) shared_.grow(shared_capacity_ = block.shared_bytes);
  shared_begin_ = reinterpret_cast<uintptr_t>(block.shared);
  shared_bytes_ = 0;
  block_start_ = epoch_of(serial, 0, 0);
  trace_ = {};
  clocks_.start_block(serial, block.size.x * block.size.y * block.size.z);
  base_ = clocks_.base();
}

void Checker::end_block() {
  if (counting_) trace_.flush(counts_[launch_->kernel]);
}

void Checker::switch_to(const Thread* thread, const void* stack, size_t stack_bytes) {
  checker = thread ? this : nullptr;
  thread_ = thread;
  if (!thread) return;
  stack_begin_ = reinterpret_cast<uintptr_t>(stack);
  stack_bytes_ = stack_bytes;
  my_lane_ = 1u << thread->linear % 32;
  me_ = clocks_.now(thread->linear);
}

void Checker::use_shared_struct(size_t bytes) { shared_bytes_ = std::max(shared_bytes_, bytes); }

void Checker::block_barrier() {
  clocks_.block_barrier();
  base_ = clocks_.base();
  me_ = clocks_.now(thread_->linear);
  if (counting_) trace_.flush(counts_[launch_->kernel]);
}

void Checker::warp_barrier(int warp, uint32_t mask) {
  clocks_.warp_barrier(warp, mask);
  me_ = clocks_.now(thread_->linear);
}

// Any size, any address.
void Checker::any_access(bool writes, const void* address, size_t bytes, const void* line) {
  uintptr_t at = reinterpret_cast<uintptr_t>(address);
  if (at - stack_begin_ < stack_bytes_) return;
  for (const uintptr_t end = at + bytes; at < end;) {
    const int step = at % 4 == 0 && end - at >= 4 ? 4 : 1;
    check_memory({at, step, writes, Space::shared, line});
    at += static_cast<uintptr_t>(step);
  }
}

// An access that access.h has not taken.
void Checker::check_memory(const Access& given) {
  Access access = given;
  if (is_shared(access.at))
    access.space = Space::shared;
  else if (is_global(access.at))
    access.space = Space::global;
  else
    return elsewhere(access);
  if (access.at % static_cast<uintptr_t>(access.bytes) != 0) found("misaligned", access);
  if (access.space == Space::shared && offset_of(access) + static_cast<size_t>(access.bytes) > shared_bytes_)
    found("out of bounds", access);
  if (counting_) trace(access);
  if (access.bytes < 4) return check_bytes(access);
  const Access whole = access;
  for (int i = 0; i < whole.bytes; i += 4) {
    access.at = whole.at + static_cast<uintptr_t>(i);
    access.bytes = 4;
    check(shadow(access.space).word(offset_of(access)), access);
  }
}

void Checker::check_bytes(const Access& access) {
  const size_t offset = offset_of(access);
  check_not_in_flight(shadow(access.space).word(offset), access);
  shadow(access.space).split(offset);
  for (int i = 0; i < access.bytes; ++i) {
    Access byte = access;
    byte.at += static_cast<uintptr_t>(i);
    byte.bytes = 1;
    check(shadow(access.space).byte(offset + static_cast<size_t>(i)), byte);
  }
}

// Device memory is bounds-checked where nobody has been before: cells outside of allocations stay empty.
void Checker::check(Cell& cell, const Access& access) {
  if (access.writes)
    access.space == Space::shared
        ? check_cell<true, Space::shared>(cell, access.at, access.bytes, access.line)
        : check_cell<true, Space::global>(cell, access.at, access.bytes, access.line);
  else
    access.space == Space::shared
        ? check_cell<false, Space::shared>(cell, access.at, access.bytes, access.line)
        : check_cell<false, Space::global>(cell, access.at, access.bytes, access.line);
}

void Checker::check_not_in_flight(Cell& cell, const Access& access) {
  if (cell.mark != Mark::in_flight) return;
  if (cell.read < block_start_)
    cell = {};  // of a block that is gone
  else
    found("copy in flight", access, "issued by ", cell.read, cell.read_line);
}

// A barrier lies between two accesses of a cell, or the atomics' releases and acquires do, or it is a race.
void Checker::resolve(Cell& cell, const Access& access) {
  check_not_in_flight(cell, access);
  if (cell.mark == Mark::split) return check_bytes(access);
  const bool unwritten = access.space == Space::shared ? cell.write < block_start_ : cell.write == nobody;
  if (access.space == Space::global && unwritten) check_allocated(access);
  if (unwritten && !access.writes) found("unwritten", access);
  if (!unwritten && !knows(cell.write, access))
    found("race", access, "written by ", cell.write, cell.write_line);
  if (access.writes) {
    check_readers(cell, access);
    return record_write(cell, access.line);
  }
  join_readers(cell, access.line);
}

bool Checker::knows(Epoch epoch, const Access& access) const {
  if (epoch < launch_start_) return true;
  if (access.released && clocks_.passed_on(access.released, epoch)) return true;
  return clocks_.knows(thread_->linear, epoch);
}

// What was read after the last write, and who may still be reading.
void Checker::check_readers(const Cell& cell, const Access& access) {
  const Epoch read = cell.read;
  if (read < (access.space == Space::global ? launch_start_ : base_)) return;
  const auto race = [&](Epoch reader) {
    constexpr const char* by[] = {"read by ", "read by several warps, among them ",
                                  "read by several blocks, among them "};
    found("race", access, by[static_cast<size_t>(cell.spread)], reader, cell.read_line);
  };
  const bool others =
      cell.spread == Spread::many_blocks ||
      (cell.spread == Spread::many_warps && (serial_of(read) != serial_of(me_) || read >= base_));
  // Of many, only the first is remembered; without atomics that is enough, for one of them is another warp's.
  if (others && !clocks_.has_acquired(thread_->linear)) race(read);
  if (others || serial_of(read) != serial_of(me_)) {
    if (!knows(read, access)) race(read);
    return;
  }
  for (uint32_t lanes = cell.lanes; lanes; lanes &= lanes - 1) {
    const uint32_t lane = static_cast<uint32_t>(std::countr_zero(lanes));
    const Epoch reader = epoch_of(serial_of(read), clock_of(read), warp_of(read) * 32 + lane);
    if (!knows(reader, access)) race(reader);
  }
}

void Checker::join_readers(Cell& cell, const void* line) const {
  const Epoch read = cell.read;
  const bool in_launch = read >= launch_start_, same_block = serial_of(read) == serial_of(me_);
  if (!in_launch || (same_block && read < base_ && cell.spread != Spread::many_blocks))
    return record_only_reader(cell, line);
  if (!same_block) {
    cell.spread = Spread::many_blocks;
  } else if (warp_of(read) != warp_of(me_)) {
    cell.spread = std::max(cell.spread, Spread::many_warps);
  } else {
    // One clock stands for all lanes: those that the warp has not waited for keep the oldest.
    uint32_t unknown = 0;
    for (uint32_t lanes = cell.lanes & ~my_lane_; lanes; lanes &= lanes - 1) {
      const uint32_t lane = static_cast<uint32_t>(std::countr_zero(lanes));
      if (!clocks_.knows(thread_->linear,
                         epoch_of(serial_of(read), clock_of(read), warp_of(read) * 32 + lane)))
        unknown |= 1u << lane;
    }
    const uint32_t clock = unknown ? std::min(clock_of(read), clock_of(me_)) : clock_of(me_);
    cell.lanes = unknown | my_lane_;
    cell.read = epoch_of(serial_of(me_), clock, thread_of(me_));
    cell.read_line = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(line));
  }
}

void Checker::check_allocated(const Access& access) {
  const size_t begin = offset_of(access), end = begin + static_cast<size_t>(access.bytes);
  const GuardedMemory::Range range = memory_.allocation_before(begin);
  if (range.bytes == 0 || end > range.end()) found("out of bounds", access);
}

// Neither the block's shared memory nor the device's: the thread's own stack, the launch's arguments and
// constants are a kernel's to read.
void Checker::elsewhere(const Access& access) {
  const void* address = reinterpret_cast<const void*>(access.at);
  if (access.at - stack_begin_ < stack_bytes_) return;
  if (access.at - reinterpret_cast<uintptr_t>(launch_->call) < launch_->call_bytes) return;
  if (is_static(address)) return;
  found("out of bounds", access);
}

void Checker::atomic(const void* address, Atomic what, const void* line) {
  if (what != Atomic::store) clocks_.acquire(thread_->linear, address);
  const uintptr_t at = reinterpret_cast<uintptr_t>(address);
  const bool writes = what != Atomic::load;
  Access access{at,     4,
                writes, is_shared(at) ? Space::shared : Space::global,
                line,   what == Atomic::store ? address : nullptr};
  if (at % 4 != 0) found("misaligned", access);
  if (!is_shared(at) && !is_global(at)) return elsewhere(access);
  if (counting_) trace(access);
  Cell& cell = shadow(access.space).word(offset_of(access));
  // An atomic load is not recorded: atomics do not race with each other.
  const Cell before = cell;
  if (what == Atomic::update) {
    access.writes = false;
    resolve(cell, access);
    access.writes = true;
    if (cell.mark == Mark::plain) cell = before;
  }
  resolve(cell, access);
  if (what == Atomic::load && cell.mark == Mark::plain) cell = before;
  if (!writes) return;
  clocks_.release(thread_->linear, address, what == Atomic::store);
  me_ = clocks_.now(thread_->linear);
}

void Checker::copy_issued(void* to, const void* from, int bytes, const void* line) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(to);
  const Access access{at, bytes, true, Space::shared, line};
  if (from) check_memory({reinterpret_cast<uintptr_t>(from), bytes, false, Space::global, line});
  if (!is_shared(at)) found("out of bounds", access);
  check_memory(access);
  for (int i = 0; i < bytes; i += 4) {
    Cell& cell = shared_.word(at - shared_begin_ + static_cast<size_t>(i));
    cell = {.write = see_marks, .read = me_, .mark = Mark::in_flight};
    cell.read_line = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(line));
  }
}

// From here on it is as if the issuing thread had written it now.
void Checker::copy_waited_for(void* to, const void* from, int bytes, const void* line) {
  const uintptr_t source = reinterpret_cast<uintptr_t>(from);
  for (int i = 0; from && i < bytes; i += 4)
    check(global_.word(source - global_begin_ + static_cast<size_t>(i)),
          {source + static_cast<uintptr_t>(i), 4, false, Space::global, line});
  for (int i = 0; i < bytes; i += 4) {
    Cell& cell = shared_.word(reinterpret_cast<uintptr_t>(to) - shared_begin_ + static_cast<size_t>(i));
    cell = {};
    record_write(cell, line);
  }
}

void access_16_bytes(bool writes, const void* at, const void* return_address) {
  if (!checker) return;
  writes ? checker->access<true, 16>(at, return_address) : checker->access<false, 16>(at, return_address);
}

void Checker::trace(const Access& access) {
  trace_.add({access.line, offset_of(access), static_cast<uint32_t>(access.bytes),
              static_cast<uint32_t>(thread_->linear), access.space == Space::shared});
}

}  // namespace graft::emulator
