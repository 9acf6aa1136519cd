#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace graft {

// Sums over the rows of [rows, columns] are formed in slices, and the slices added in order: where they begin
// depends on the sizes alone, so the same bits come every time.
struct ColumnSlices {
  ColumnSlices(int64_t rows, int64_t columns) {
    const int64_t wanted = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, (columns + 31) / 32));
    count = std::clamp<int64_t>((rows + 255) / 256, 1, std::min<int64_t>(wanted, 1024));
    rows_per_slice = (rows + count - 1) / count;
  }
  int64_t count, rows_per_slice;
};

// Of the partial sums in double, for so many sums of each column.
inline size_t column_sum_bytes(int64_t rows, int64_t columns, int sums) {
  return static_cast<size_t>(ColumnSlices(rows, columns).count * columns * sums) * sizeof(double);
}

}  // namespace graft
