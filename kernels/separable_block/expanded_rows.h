#pragma once

#include <algorithm>

#include "kernels/host_vectors.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// A block of a strip's expanded channels: as many rows as the filter sees at once and some more, each in the
// place of one that it has left behind. Rows are counted from the first the strip reads, padding or not.
class ExpandedRows {
 public:
  GRAFT_INLINE ExpandedRows(const Strips& strips, const Strip& strip, float* memory)
      : s_(strips), strip_(strip), memory_(memory) {
    clear_margins();
  }

  void begin_block() { next_ = turn_ = 0; }

  // Rows before `first` are not read again.
  void leave_behind(int64_t first) {
    if (first - turn_ >= s_.rows_kept) turn_ += s_.rows_kept;
  }

  // Makes the rows up to `last` that are not made yet: expand(input) makes those of the strip's input of that
  // number, and some more, and says behind which.
  template <class Expand>
  GRAFT_INLINE void reach(int64_t last, const Expand& expand) {
    while (next_ <= last) {
      const int64_t input = next_ - strip_.padding;
      if (input < 0 || input >= strip_.inputs)
        std::fill_n(pixel(next_++, 0), s_.depthwise.w * block, 0.0f);
      else
        next_ = expand(input) + strip_.padding;
    }
  }

  // turn_ - rows_kept <= index < turn_ + 2 * rows_kept: AMX makes some rows again that are left behind.
  float* row(int64_t index) const {
    int64_t place = index - turn_;
    if (place < 0) place += s_.rows_kept;
    if (place >= s_.rows_kept) place -= s_.rows_kept;
    return memory_ + place * s_.row_size;
  }
  float* pixel(int64_t row, int64_t column) const {
    return this->row(row) + (s_.depthwise.pad_left + column) * block;
  }

 private:
  // What lies beside a row's pixels, once for all blocks.
  void clear_margins() const {
    for (int64_t i = 0; i < s_.rows_kept; ++i) {
      std::fill(row(i), pixel(i, 0), 0.0f);
      std::fill(pixel(i, s_.depthwise.w), row(i) + s_.row_size, 0.0f);
    }
  }

  const Strips& s_;
  const Strip& strip_;
  float* const memory_;
  int64_t next_ = 0;
  int64_t turn_ = 0;  // the row in the first place
};

}  // namespace graft::separable_block
