#pragma once

#include "kernels/column_sums.h"
#include "kernels/simt.h"

// Sums of a block and of columns, always added in the same order.
namespace graft::GRAFT_TARGET {

// What a block's sum needs in its shared struct.
template <class T, int threads>
struct BlockSumShared {
  static_assert(threads % warp_size == 0, "whole warps");
  T of_warp[threads / warp_size];
};

// All threads of the block get the same bits.
template <class T, int threads>
GRAFT_DEVICE T block_sum(BlockSumShared<T, threads>& shared, T value) {
  value = warp_sum(value);
  block_barrier();  // whoever still reads the sum before this one
  if (lane_index() == 0) shared.of_warp[warp_index()] = value;
  block_barrier();
  T sum = shared.of_warp[0];
  for (int i = 1; i < threads / warp_size; ++i) sum += shared.of_warp[i];
  return sum;
}

constexpr int column_lanes = 32, column_slices = 8;

template <int sums>
struct ColumnSumShared {
  double partial[column_slices][sums][column_lanes];
};

// A block sums 32 neighbouring columns over a slice of the rows: lanes read side by side, eight warps take
// rows in turn. term(row, column, out[sums]) gives what to add; partial: [slices, sums, columns]
template <int sums, class Term>
GRAFT_KERNEL_BOUNDED(column_lanes* column_slices)
void column_partials_kernel(Term term, int64_t rows, int64_t columns, int64_t rows_per_slice,
                            double* partial) {
  auto& shared = shared_memory<ColumnSumShared<sums>>();
  const Int3 t = thread_index(), block = block_index();
  const int64_t column = int64_t{block.x} * column_lanes + t.x;
  const int64_t begin = block.y * rows_per_slice;
  const int64_t end = begin + rows_per_slice < rows ? begin + rows_per_slice : rows;
  double sum[sums] = {};
  if (column < columns)
    for (int64_t row = begin + t.y; row < end; row += column_slices) term(row, column, sum);
  GRAFT_UNROLL
  for (int i = 0; i < sums; ++i) shared.partial[t.y][i][t.x] = sum[i];
  block_barrier();
  if (t.y != 0 || column >= columns) return;
  GRAFT_UNROLL
  for (int i = 0; i < sums; ++i) {
    for (int slice = 1; slice < column_slices; ++slice) sum[i] += shared.partial[slice][i][t.x];
    partial[(int64_t{block.y} * sums + i) * columns + column] = sum[i];
  }
}

// One thread a column: finish(column, sums) takes the totals.
template <int sums, class Finish>
GRAFT_KERNEL_BOUNDED(128)
void column_totals_kernel(Finish finish, const double* partial, int64_t slices, int64_t columns) {
  const int64_t column = int64_t{block_index().x} * 128 + thread_index().x;
  if (column >= columns) return;
  double sum[sums] = {};
  for (int64_t slice = 0; slice < slices; ++slice) {
    GRAFT_UNROLL
    for (int i = 0; i < sums; ++i) sum[i] += partial[(slice * sums + i) * columns + column];
  }
  finish(column, sum);
}

// `partial`: column_sum_bytes() of scratch.
template <int sums, class Term, class Finish>
void launch_column_sums(const char* name, const Term& term, const Finish& finish, int64_t rows,
                        int64_t columns, void* partial, Stream& stream) {
  const ColumnSlices slices(rows, columns);
  launch(name, column_partials_kernel<sums, Term>, {blocks_for(columns, column_lanes), slices.count},
         {column_lanes, column_slices}, sizeof(ColumnSumShared<sums>), stream, term, rows, columns,
         slices.rows_per_slice, static_cast<double*>(partial));
  launch(name, column_totals_kernel<sums, Finish>, {blocks_for(columns, 128)}, {128}, 0, stream, finish,
         static_cast<const double*>(partial), slices.count, columns);
}

// sums[c] of x[rows, c].
struct PlainTerm {
  const float* x;
  int64_t columns;
  GRAFT_DEVICE void operator()(int64_t row, int64_t column, double* sum) const {
    *sum += x[row * columns + column];
  }
};
struct StoreTotal {
  float* sums;
  GRAFT_DEVICE void operator()(int64_t column, const double* sum) const {
    sums[column] = static_cast<float>(*sum);
  }
};

}  // namespace graft::GRAFT_TARGET
