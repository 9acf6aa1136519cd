#pragma once

#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/column_reduce.h"
#include "kernels/row_stride.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// What x is normalised with; inverse_deviation or variance is null. All [c].
struct Statistics {
  const float *mean, *inverse_deviation, *variance;
  float epsilon;

  template <int width>
  GRAFT_DEVICE Floats<width> inverse(int64_t c) const {
    Floats<width> result = load_floats<width>((inverse_deviation ? inverse_deviation : variance) + c);
    if (inverse_deviation) return result;
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) result.at[i] = 1 / sqrtf(result.at[i] + epsilon);
    return result;
  }
};

template <class Args>
Statistics statistics_of(const BatchNormProblem& p, const Args& args) {
  const auto epsilon = static_cast<float>(p.epsilon);
  return p.batch_statistics
             ? Statistics{floats(args.mean), floats(args.inverse_deviation), nullptr, epsilon}
             : Statistics{floats(args.running_mean), nullptr, floats(args.running_variance), epsilon};
}

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

}  // namespace graft::GRAFT_TARGET
