#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace graft {

// Sums over the rows of [rows, columns] are formed in slices, and the slices added in order: where they begin
// depends on the sizes alone, so the same bits come every time. Blocks of 32 columns; a slice has a block 256
// rows at least, and all blocks together fill a GPU a few times.
constexpr int64_t columns_per_block = 32;

struct ColumnSlices {
  ColumnSlices(int64_t rows, int64_t columns) {
    const int64_t column_blocks = std::max<int64_t>((columns + columns_per_block - 1) / columns_per_block, 1);
    const int64_t wanted = std::clamp<int64_t>(512 / column_blocks, 1, 256);
    const int64_t slices = std::clamp<int64_t>(rows / 256, 1, wanted);
    rows_per_slice = (rows + slices - 1) / slices;
    count = std::max<int64_t>((rows + rows_per_slice - 1) / std::max<int64_t>(rows_per_slice, 1), 1);
  }
  int64_t count, rows_per_slice;
};

// Of the partial sums in double, for so many sums of each column.
inline size_t column_sum_bytes(int64_t rows, int64_t columns, int sums) {
  return static_cast<size_t>(ColumnSlices(rows, columns).count * columns * sums) * sizeof(double);
}

}  // namespace graft
