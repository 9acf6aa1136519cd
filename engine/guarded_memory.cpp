#include "engine/guarded_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "engine/check.h"

namespace graft {

namespace {

constexpr size_t page = 4096, alignment = 256;

// So that an index that runs away by a quarter of an array still meets nobody else's memory.
size_t gap_behind(size_t bytes) { return std::clamp<size_t>(bytes / 4, page, size_t{16} << 20); }

size_t footprint(size_t bytes) { return (alignment + bytes + gap_behind(bytes) + page - 1) / page * page; }

}  // namespace

GuardedMemory::GuardedMemory() {
  void* memory =
      mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  GRAFT_CHECK(memory != MAP_FAILED, memory,
              "the checked device cannot reserve its 16 GiB of addresses; use emulated");
  memory_ = static_cast<std::byte*>(memory);
}

GuardedMemory::~GuardedMemory() { munmap(memory_, capacity); }

// Addresses are used again as late as possible.
void* GuardedMemory::allocate(size_t bytes) {
  std::lock_guard lock(mutex_);
  const size_t size = footprint(bytes);
  size_t place = find_place(size, next_);
  if (place == capacity) place = find_place(size, 0);
  GRAFT_CHECK(place < capacity, memory, "out of memory: ", bytes,
              " bytes were needed; the checked device has ", capacity);
  next_ = place + size;
  // Allocations are aligned no better than the contract says.
  allocations_[place + alignment] = bytes;
  return memory_ + place + alignment;
}

// The first gap of that size at or behind `from`; capacity where there is none.
size_t GuardedMemory::find_place(size_t size, size_t from) const {
  for (auto next = allocations_.lower_bound(from); next != allocations_.end(); ++next) {
    if (from + size <= next->first - alignment) return from;
    from = next->first - alignment + footprint(next->second);
  }
  return size <= capacity && from <= capacity - size ? from : capacity;
}

void GuardedMemory::release(void* memory) {
  std::lock_guard lock(mutex_);
  const size_t begin = static_cast<size_t>(static_cast<std::byte*>(memory) - memory_);
  const auto found = allocations_.find(begin);
  if (found == allocations_.end()) return;
  journal_.push_back({Event::released, {begin, found->second}});
  madvise(memory_ + begin - alignment, footprint(found->second), MADV_DONTNEED);
  allocations_.erase(found);
}

void GuardedMemory::note(Event::What what, const void* memory, size_t bytes) {
  std::lock_guard lock(mutex_);
  const size_t begin = static_cast<size_t>(static_cast<const std::byte*>(memory) - memory_);
  journal_.push_back({what, {begin, bytes}});
}

std::vector<GuardedMemory::Event> GuardedMemory::take_journal() {
  std::lock_guard lock(mutex_);
  return std::exchange(journal_, {});
}

GuardedMemory::Range GuardedMemory::allocation_before(size_t offset) const {
  std::lock_guard lock(mutex_);
  const auto behind = allocations_.upper_bound(offset);
  if (behind == allocations_.begin()) return {};
  return {std::prev(behind)->first, std::prev(behind)->second};
}

}  // namespace graft
