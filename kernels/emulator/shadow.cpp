#include "kernels/emulator/shadow.h"

#include <sys/mman.h>

#include <algorithm>

#include "engine/check.h"

namespace graft::emulator {

namespace {

Cell* reserve(size_t cells) {
  void* memory = mmap(nullptr, cells * sizeof(Cell), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  GRAFT_CHECK(memory != MAP_FAILED, memory,
              "the checked device cannot reserve addresses for its records; use emulated");
  return static_cast<Cell*>(memory);
}

}  // namespace

Shadow::Shadow(size_t bytes) { grow(bytes); }

Shadow::~Shadow() {
  if (words_) munmap(words_, capacity_ / 4 * sizeof(Cell));
  if (bytes_) munmap(bytes_, capacity_ * sizeof(Cell));
}

void Shadow::grow(size_t bytes) {
  this->~Shadow();
  words_ = bytes_ = nullptr;
  capacity_ = (bytes + 3) / 4 * 4;
  words_ = reserve(capacity_ / 4);
  bytes_ = reserve(capacity_);
}

void Shadow::split(size_t offset) const {
  Cell& whole = word(offset);
  if (whole.mark == Mark::split) return;
  std::fill_n(&byte(offset / 4 * 4), 4, whole);
  whole = {.write = see_marks, .mark = Mark::split};
}

void Shadow::forget(size_t offset, size_t bytes) {
  constexpr size_t page = 4096;
  // The operating system empties whole pages at once.
  const auto first = reinterpret_cast<uintptr_t>(&word(offset + 3)),
             last = reinterpret_cast<uintptr_t>(&word(offset + bytes));
  const uintptr_t begin = (first + page - 1) / page * page, end = last / page * page;
  if (begin >= end) return set(offset, bytes, {});
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  const auto offset_of = [&](uintptr_t cell) {
    return (cell - reinterpret_cast<uintptr_t>(words_)) / sizeof(Cell) * 4;
  };
  set(offset, offset_of(begin) - offset, {});
  set(offset_of(end), offset + bytes - offset_of(end), {});
}

void Shadow::written_by_host(size_t offset, size_t bytes) { set(offset, bytes, {.write = by_host}); }

void Shadow::set(size_t offset, size_t bytes, const Cell& cell) {
  const size_t end = offset + bytes;
  while (offset < end)
    if (offset % 4 == 0 && end - offset >= 4) {
      word(offset) = cell;
      offset += 4;
    } else {
      split(offset);
      byte(offset++) = cell;
    }
}

}  // namespace graft::emulator
