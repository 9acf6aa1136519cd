#pragma once

#include "kernels/column_reduce.h"

// Mean and sum of squared deviations of each column of [rows, columns] in one pass. Sums of x^2 would cancel,
// so groups of rows are joined by their means and squares (Chan, Golub and LeVeque, The American Statistician
// 37, 1983). A thread does so in float, eight rows at a time: four operations an element. Double, up to 64
// times slower than float on a GPU, joins only the block's rows of threads and the slices, once a column.
namespace graft::GRAFT_TARGET {

template <int width>
struct Moments {
  float count = 0;
  Floats<width> mean = {}, squares = {};
};

template <int width, int rows>
GRAFT_DEVICE void add_rows(Moments<width>& moments, const Floats<width> (&x)[rows]) {
  const float count = moments.count + rows, share = rows / count, weight = moments.count * share;
  GRAFT_UNROLL
  for (int i = 0; i < width; ++i) {
    float mean = 0, squares = 0;
    GRAFT_UNROLL
    for (int r = 0; r < rows; ++r) mean += x[r].at[i];
    mean *= 1.0f / rows;
    GRAFT_UNROLL
    for (int r = 0; r < rows; ++r) squares += (x[r].at[i] - mean) * (x[r].at[i] - mean);
    const float apart = mean - moments.mean.at[i];
    moments.mean.at[i] += apart * share;
    moments.squares.at[i] += squares + apart * apart * weight;
  }
  moments.count = count;
}

// Joins groups in double: their means are counted from that of the first, so that the sums below stay small.
struct JoinedMoments {
  double first, apart = 0, squares = 0;  // sums over the rows: of mean - first; of (x - first)^2

  GRAFT_DEVICE void join(double count, double mean, double squares_of_group) {
    apart += count * (mean - first);
    squares += squares_of_group + count * (mean - first) * (mean - first);
  }
  GRAFT_DEVICE double mean(double rows) const { return first + apart / rows; }
  GRAFT_DEVICE double deviations(double rows) const {
    const double left = squares - apart * apart / rows;
    return left > 0 ? left : 0;
  }
};

template <int width>
struct MomentsShared {
  static constexpr int rows = ColumnBlock<width>::rows;
  float mean[rows][columns_per_block], squares[rows][columns_per_block];
};

// A block 32 columns of a slice of the rows. Bound by memory: each x is read once, in lines of 128 bytes.
// x: [rows, columns], rows `stride` elements apart; partial: [slices, 2, columns], mean and squares
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void batch_moments_kernel(const Element* x, int64_t stride, int64_t rows, int64_t columns,
                          int64_t rows_per_slice, double* partial) {
  constexpr int step = ColumnBlock<width>::rows, at_once = 8;
  auto& shared = shared_memory<MomentsShared<width>>();
  const auto place = ColumnPlace<width>::of_thread(columns);
  const Int3 t = thread_index();
  const int64_t begin = place.part * rows_per_slice;
  const int64_t end = begin + rows_per_slice < rows ? begin + rows_per_slice : rows;
  Moments<width> moments;
  if (place.column < columns) {
    const auto load = [&](int64_t row) { return load_floats<width>(x + row * stride + place.column); };
    int64_t row = begin + t.y;
    for (; row + (at_once - 1) * step < end; row += at_once * step) {
      Floats<width> values[at_once];
      GRAFT_UNROLL
      for (int i = 0; i < at_once; ++i) values[i] = load(row + i * step);
      add_rows(moments, values);
    }
    for (; row < end; row += step) {
      const Floats<width> value[1] = {load(row)};
      add_rows(moments, value);
    }
  }
  store_floats(&shared.mean[t.y][t.x * width], moments.mean);
  store_floats(&shared.squares[t.y][t.x * width], moments.squares);
  block_barrier();
  const int thread = linear_thread_index();
  const int64_t column = place.first_column + thread;
  if (thread >= columns_per_block || column >= columns) return;
  const auto count = static_cast<int>(end - begin);
  JoinedMoments joined{static_cast<double>(shared.mean[0][thread])};
  for (int i = 0; i < step && i < count; ++i)
    joined.join((count - i + step - 1) / step, static_cast<double>(shared.mean[i][thread]),
                static_cast<double>(shared.squares[i][thread]));
  double* out = partial + int64_t{place.part} * 2 * columns + column;
  out[0] = joined.mean(count);
  out[columns] = joined.deviations(count);
}

}  // namespace graft::GRAFT_TARGET
