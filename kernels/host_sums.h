#pragma once

#include <algorithm>

#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"

namespace graft {

// `count` sums for each of c channels, to sums[i * c + channel]: in T over a few rows, which stay in the
// nearest cache, then in double. add(row, begin, end, part), GRAFT_INLINE, adds the terms of channels begin
// to end to part[i][channel - begin]. `partial` as of sum_over_rows().
template <int count, class T, class Add>
void sum_short_rows(int64_t rows, int64_t c, double* partial, const Add& add) {
  constexpr int64_t most_rows = 32, most_columns = 256;
  sum_over_rows(RowPieces(rows), count * c, partial, [&](int64_t first_row, int64_t last_row, double* sums) {
    with_widest_vectors([&]() GRAFT_INLINE {
      for (int64_t row = first_row; row < last_row; row += most_rows)
        for (int64_t begin = 0; begin < c; begin += most_columns) {
          const int64_t end = std::min(c, begin + most_columns),
                        rows_end = std::min(last_row, row + most_rows);
          T part[count][most_columns];
          for (T* each : part) std::fill_n(each, end - begin, T(0));
          for (int64_t r = row; r < rows_end; ++r) add(r, begin, end, part);
          for (int i = 0; i < count; ++i)
            for (int64_t k = begin; k < end; ++k) sums[i * c + k] += double(part[i][k - begin]);
        }
    });
  });
}

}  // namespace graft
