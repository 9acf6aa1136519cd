#pragma once

#include "kernels/column_reduce.h"

namespace graft::GRAFT_TARGET {

// A pass over all elements: a block 32 columns, a thread so many rows, whose loads are under way together and
// share what is the same for a column.
constexpr int rows_a_thread = 4;

template <int width>
GridSize row_grid(int64_t rows, int64_t columns) {
  return column_grid(columns, blocks_for(rows, ColumnBlock<width>::rows * rows_a_thread));
}

// load(i, row) for each of the thread's rows, then store(i, row).
template <int width, class Load, class Store>
GRAFT_DEVICE void for_each_row(const ColumnPlace<width>& place, int64_t rows, const Load& load,
                               const Store& store) {
  constexpr int step = ColumnBlock<width>::rows;
  const int64_t first = int64_t{place.part} * step * rows_a_thread + thread_index().y;
  GRAFT_UNROLL
  for (int i = 0; i < rows_a_thread; ++i)
    if (first + i * step < rows) load(i, first + i * step);
  GRAFT_UNROLL
  for (int i = 0; i < rows_a_thread; ++i)
    if (first + i * step < rows) store(i, first + i * step);
}

// The same with the offsets of the thread's elements in dense rows.
template <int width, class Load, class Store>
GRAFT_DEVICE void for_each_row(const ColumnPlace<width>& place, int64_t rows, int64_t columns,
                               const Load& load, const Store& store) {
  for_each_row(
      place, rows, [&](int i, int64_t row) { load(i, row * columns + place.column); },
      [&](int i, int64_t row) { store(i, row * columns + place.column); });
}

}  // namespace graft::GRAFT_TARGET
