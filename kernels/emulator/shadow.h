#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/emulator/epoch.h"

namespace graft::emulator {

// Who else has read since the last write, beside the last reader.
enum class Spread : uint8_t { one_warp, many_warps, many_blocks };
enum class Mark : uint8_t {
  plain,
  split,     // the word's bytes have a cell each
  in_flight  // belongs to an asynchronous copy; `read` says who issued it
};

// What is known of four bytes of memory, or of one where a word is split.
struct Cell {
  Epoch write = nobody;
  Epoch read = nobody;  // the last since that write
  uint32_t lanes = 0;   // of that reader's warp, the lanes that have read
  Spread spread = Spread::one_warp;
  Mark mark = Mark::plain;
  uint32_t write_line = 0, read_line = 0;  // low half of the accesses' return addresses
};
static_assert(sizeof(Cell) == 32, "two cells to a cache line");

// The cells of a range of memory. Pages of it that nobody touches cost nothing.
class Shadow {
 public:
  Shadow() = default;
  explicit Shadow(size_t bytes);
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;
  void grow(size_t bytes);  // forgets everything

  Cell& word(size_t offset) const { return words_[offset / 4]; }
  Cell& byte(size_t offset) const { return bytes_[offset]; }
  void split(size_t offset) const;

  void forget(size_t offset, size_t bytes);  // nobody has written
  void written_by_host(size_t offset, size_t bytes);

 private:
  void set(size_t offset, size_t bytes, const Cell& cell);

  size_t capacity_ = 0;
  Cell* words_ = nullptr;
  Cell* bytes_ = nullptr;
};

}  // namespace graft::emulator
