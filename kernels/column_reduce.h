#pragma once

#include "kernels/column_sums.h"
#include "kernels/half_vector.h"

// Sums over the rows of [rows, columns], always added in the same order.
namespace graft::GRAFT_TARGET {

// A block of the kernels below has 32 neighbouring columns: 32 / width threads side by side, so that a row is
// one line of 128 bytes, and below them as many rows as its 256 threads give.
template <int width>
struct ColumnBlock {
  static constexpr int threads = 256, columns = static_cast<int>(columns_per_block);
  static constexpr int lanes = columns / width, rows = threads / lanes;
  static constexpr BlockSize size() { return {lanes, rows}; }
};

// The block's columns, and the part of the rows that the launch gave it: blocks of the same rows are
// neighbours.
template <int width>
struct ColumnPlace {
  int part;
  int64_t first_column, column;  // of the block, of the thread

  GRAFT_DEVICE static ColumnPlace of_thread(int64_t columns) {
    const int blocks = static_cast<int>((columns + columns_per_block - 1) / columns_per_block);
    const int64_t first = block_index().x % blocks * columns_per_block;
    return {block_index().x / blocks, first, first + thread_index().x * width};
  }
};
inline GridSize column_grid(int64_t columns, int64_t parts) {
  return {blocks_for(columns, columns_per_block) * parts};
}

template <int width, int sums>
struct ColumnSumShared {
  float of_row[ColumnBlock<width>::rows][sums][columns_per_block];
};

// A term may also keep what a row adds, in place of what it came from.
template <int width, class Term>
GRAFT_DEVICE void keep(const Term& term, int64_t row, int64_t column, const Floats<width>* sums) {
  if constexpr (requires { term.template keep<width>(row, column, sums); })
    term.template keep<width>(row, column, sums);
}

// Sums of rows [begin, end) of the block's columns, columns < `columns`. term(row, column, Floats[sums])
// assigns what a row adds. Each thread adds every 8th or 32nd row in float, four rows at a time so that their
// loads are under way together; what the rows of threads found is added in double, once a block and column,
// by one thread each: store(column, double[sums]).
template <int width, int sums, class Term, class Store>
GRAFT_DEVICE void block_column_sums(ColumnSumShared<width, sums>& shared, const Term& term, int64_t begin,
                                    int64_t end, int64_t columns, const ColumnPlace<width>& place,
                                    const Store& store) {
  constexpr int step = ColumnBlock<width>::rows, at_once = 4;
  const Int3 t = thread_index();
  Floats<width> sum[sums] = {};
  if (place.column < columns) {
    int64_t row = begin + t.y;
    for (; row + (at_once - 1) * step < end; row += at_once * step) {
      Floats<width> terms[at_once][sums];
      GRAFT_UNROLL
      for (int i = 0; i < at_once; ++i) term(row + i * step, place.column, terms[i]);
      GRAFT_UNROLL
      for (int i = 0; i < at_once; ++i) keep(term, row + i * step, place.column, terms[i]);
      GRAFT_UNROLL
      for (int i = 0; i < sums; ++i) {
        add(terms[0][i], terms[1][i]);
        add(terms[2][i], terms[3][i]);
        add(terms[0][i], terms[2][i]);
        add(sum[i], terms[0][i]);
      }
    }
    for (; row < end; row += step) {
      Floats<width> terms[sums];
      term(row, place.column, terms);
      keep(term, row, place.column, terms);
      GRAFT_UNROLL
      for (int i = 0; i < sums; ++i) add(sum[i], terms[i]);
    }
  }
  GRAFT_UNROLL
  for (int i = 0; i < sums; ++i) store_floats(&shared.of_row[t.y][i][t.x * width], sum[i]);
  block_barrier();
  const int thread = linear_thread_index();
  const int64_t column = place.first_column + thread;
  if (thread >= columns_per_block || column >= columns) return;
  double total[sums] = {};
  for (int row = 0; row < step; ++row) {
    GRAFT_UNROLL
    for (int i = 0; i < sums; ++i) total[i] += static_cast<double>(shared.of_row[row][i][thread]);
  }
  store(column, total);
}

// partial: [slices, sums, columns]
template <int width, int sums, class Term>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void column_partials_kernel(Term term, int64_t rows, int64_t columns, int64_t rows_per_slice,
                            double* partial) {
  auto& shared = shared_memory<ColumnSumShared<width, sums>>();
  const auto place = ColumnPlace<width>::of_thread(columns);
  const int64_t begin = place.part * rows_per_slice, last = begin + rows_per_slice;
  block_column_sums(shared, term, begin, last < rows ? last : rows, columns, place,
                    [&](int64_t column, const double* total) {
                      GRAFT_UNROLL
                      for (int i = 0; i < sums; ++i)
                        partial[(int64_t{place.part} * sums + i) * columns + column] = total[i];
                    });
}

template <int sums>
struct ColumnTotalShared {
  double of_row[ColumnBlock<1>::rows][sums][columns_per_block];
};

// read(slice, column, double[sums]) adds a slice; finish(column, double[sums]) takes the totals. Eight rows
// of threads, so that a thread waits for an eighth of the slices only.
template <int sums, class Read, class Finish>
GRAFT_KERNEL_BOUNDED(ColumnBlock<1>::threads)
void column_totals_kernel(Read read, Finish finish, int64_t slices, int64_t columns) {
  auto& shared = shared_memory<ColumnTotalShared<sums>>();
  const auto place = ColumnPlace<1>::of_thread(columns);
  const Int3 t = thread_index();
  double sum[sums] = {};
  if (place.column < columns)
    for (int64_t slice = t.y; slice < slices; slice += ColumnBlock<1>::rows) read(slice, place.column, sum);
  GRAFT_UNROLL
  for (int i = 0; i < sums; ++i) shared.of_row[t.y][i][t.x] = sum[i];
  block_barrier();
  if (t.y != 0 || place.column >= columns) return;
  for (int row = 1; row < ColumnBlock<1>::rows; ++row) {
    GRAFT_UNROLL
    for (int i = 0; i < sums; ++i) sum[i] += shared.of_row[row][i][t.x];
  }
  finish(place.column, sum);
}

template <int sums, class Read, class Finish>
void launch_column_totals(const char* name, const Read& read, const Finish& finish, int64_t slices,
                          int64_t columns, Stream& stream) {
  launch(name, column_totals_kernel<sums, Read, Finish>, column_grid(columns, 1), ColumnBlock<1>::size(),
         sizeof(ColumnTotalShared<sums>), stream, read, finish, slices, columns);
}

template <int sums>
struct ReadPartial {
  const double* partial;  // [slices, sums, columns]
  int64_t columns;
  GRAFT_DEVICE void operator()(int64_t slice, int64_t column, double* sum) const {
    GRAFT_UNROLL
    for (int i = 0; i < sums; ++i) sum[i] += partial[(slice * sums + i) * columns + column];
  }
};

// `scratch`: column_sum_bytes(). Bound by memory: every operand is read once, in lines of 128 bytes.
template <int sums, class Term, class Finish>
void launch_column_sums(const char* name, const Term& term, const Finish& finish, int64_t rows,
                        int64_t columns, void* scratch, Stream& stream) {
  const ColumnSlices slices(rows, columns);
  double* partial = static_cast<double*>(scratch);
  const auto sum = [&](auto width) {
    constexpr int channels = decltype(width)::value;
    launch(name, column_partials_kernel<channels, sums, Term>, column_grid(columns, slices.count),
           ColumnBlock<channels>::size(), sizeof(ColumnSumShared<channels, sums>), stream, term, rows,
           columns, slices.rows_per_slice, partial);
  };
  if (term.four_at_a_time())
    sum(std::integral_constant<int, 4>());
  else
    sum(std::integral_constant<int, 1>());
  launch_column_totals<sums>(name, ReadPartial<sums>{partial, columns}, finish, slices.count, columns,
                             stream);
}

// sums[c] of x[rows, c].
template <class Element>
struct PlainTerm {
  const Element* x;
  int64_t columns;
  bool four_at_a_time() const { return GRAFT_TARGET::four_at_a_time(x, columns); }
  template <int width>
  GRAFT_DEVICE void operator()(int64_t row, int64_t column, Floats<width>* sums) const {
    *sums = load_floats<width>(x + row * columns + column);
  }
};
struct StoreTotal {
  float* sums;
  GRAFT_DEVICE void operator()(int64_t column, const double* sum) const {
    sums[column] = static_cast<float>(*sum);
  }
};

}  // namespace graft::GRAFT_TARGET
