#include "kernels/batch_norm/batch_moments.h"
#include "kernels/batch_norm/batch_norm_rows.h"

namespace graft::GRAFT_TARGET {
namespace {

// The slices' moments, as sums that column_totals_kernel can add: see JoinedMoments.
struct ReadMoments {
  const double* partial;  // [slices, 2, columns]
  int64_t rows, rows_per_slice, columns;

  GRAFT_DEVICE void operator()(int64_t slice, int64_t column, double* sum) const {
    const int64_t left = rows - slice * rows_per_slice;
    const double* moments = partial + slice * 2 * columns + column;
    JoinedMoments joined{partial[column], sum[0], sum[1]};
    joined.join(static_cast<double>(left < rows_per_slice ? left : rows_per_slice), moments[0],
                moments[columns]);
    sum[0] = joined.apart;
    sum[1] = joined.squares;
  }
};

struct StoreStatistics {
  const double* partial;
  float *mean, *inverse_deviation, *running_mean, *running_variance;
  double rows, epsilon, momentum;

  GRAFT_DEVICE float moved(float running, double batch) const {
    return static_cast<float>((1 - momentum) * static_cast<double>(running) + momentum * batch);
  }
  GRAFT_DEVICE void operator()(int64_t c, const double* sum) const {
    const JoinedMoments joined{partial[c], sum[0], sum[1]};
    const double center = joined.mean(rows), deviations = joined.deviations(rows);
    mean[c] = static_cast<float>(center);
    inverse_deviation[c] = static_cast<float>(1 / sqrt(deviations / rows + epsilon));
    running_mean[c] = moved(running_mean[c], center);
    running_variance[c] = moved(running_variance[c], deviations / (rows - 1));
  }
};

// Bound by memory: each x is read and each y written once, 8 bytes (4 in bfloat16) for three
// operations.
// x, y: [rows, c], rows of x `stride` elements apart; scale, shift: [c]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void batch_norm_forward_simt_kernel(const Element* x, int64_t stride, Element* y, const float* scale,
                                    const float* shift, Statistics statistics, int64_t rows, int64_t columns,
                                    Activation activation) {
  const auto place = ColumnPlace<width>::of_thread(columns);
  if (place.column >= columns) return;
  const auto mean = load_floats<width>(statistics.mean + place.column);
  const auto offset = load_floats<width>(shift + place.column);
  const auto factor = statistics.factor<width>(scale, place.column);
  Floats<width> values[rows_a_thread];
  for_each_row(
      place, rows,
      [&](int i, int64_t row) { values[i] = load_floats<width>(x + row * stride + place.column); },
      [&](int i, int64_t row) {
        GRAFT_UNROLL
        for (int c = 0; c < width; ++c)
          values[i].at[c] =
              activate(activation, (values[i].at[c] - mean.at[c]) * factor.at[c] + offset.at[c]);
        store_floats(y + row * columns + place.column, values[i]);
      });
}

template <int width, class Element>
void measure(const BatchNormProblem& p, const BatchNormForward::Args& args, const RunContext& context) {
  const ColumnSlices slices(p.rows, p.c);
  double* partial = static_cast<double*>(context.scratch);
  launch("batch_moments", batch_moments_kernel<width, Element>, column_grid(p.c, slices.count),
         ColumnBlock<width>::size(), sizeof(MomentsShared<width>), context.stream,
         elements<const Element>(args.x), row_stride(args.x, p.c), p.rows, p.c, slices.rows_per_slice,
         partial);
  launch_column_totals<2>(
      "batch_statistics", ReadMoments{partial, p.rows, slices.rows_per_slice, p.c},
      StoreStatistics{partial, floats(args.mean), floats(args.inverse_deviation), floats(args.running_mean),
                      floats(args.running_variance), static_cast<double>(p.rows), p.epsilon, p.momentum},
      slices.count, p.c, context.stream);
}

template <int width, class Element>
void run(const BatchNormProblem& p, const BatchNormForward::Args& args, const RunContext& context) {
  if (p.batch_statistics) measure<width, Element>(p, args, context);
  launch("batch_norm_forward_simt", batch_norm_forward_simt_kernel<width, Element>,
         row_grid<width>(p.rows, p.c), ColumnBlock<width>::size(), 0, context.stream,
         elements<const Element>(args.x), row_stride(args.x, p.c), elements<Element>(args.y),
         floats(args.scale), floats(args.shift), statistics_of(p, args), p.rows, p.c, p.activation);
}

}  // namespace

void batch_norm_forward_simt(const BatchNormProblem& p, const BatchNormForward::Args& args,
                             const RunContext& context) {
  const Statistics statistics = statistics_of(p, args);
  const bool four = four_at_a_time({args.x.data, args.y.data, args.scale.data, args.shift.data,
                                    statistics.mean, statistics.inverse_deviation, statistics.variance},
                                   p.c) &&
                    row_stride(args.x, p.c) % 4 == 0;
  with_element(p.dtype, [&](auto element) {
    using Element = decltype(element);
    four ? run<4, Element>(p, args, context) : run<1, Element>(p, args, context);
  });
}

}  // namespace graft::GRAFT_TARGET
