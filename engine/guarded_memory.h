#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace graft {

// Memory of the checked device: allocations in one reserved range, with gaps between them, and a journal of
// what became of them for whoever watches the accesses. Offsets count from begin().
class GuardedMemory {
 public:
  struct Range {
    size_t begin = 0, bytes = 0;
    size_t end() const { return begin + bytes; }
  };
  struct Event {
    enum What { released, written, forgotten } what;
    Range range;
  };
  static constexpr size_t capacity = size_t{16} << 30;

  GuardedMemory();
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  void* allocate(size_t bytes);
  void release(void* memory);
  void note(Event::What what, const void* memory, size_t bytes);

  std::byte* begin() const { return memory_; }
  std::vector<Event> take_journal();
  // The allocation that begins last at or before the offset: bytes = 0 where there is none.
  Range allocation_before(size_t offset) const;

 private:
  size_t find_place(size_t size, size_t from) const;

  std::byte* memory_ = nullptr;
  mutable std::mutex mutex_;
  std::map<size_t, size_t> allocations_;  // offset, bytes
  size_t next_ = 0;
  std::vector<Event> journal_;
};

}  // namespace graft
