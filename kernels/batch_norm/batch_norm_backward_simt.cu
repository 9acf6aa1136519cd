#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// The statistics that the forward pass normalised with.
struct Statistics {
  const float *mean, *inverse_deviation, *variance;  // inverse_deviation may be null: from the variance, then
  double epsilon;
  GRAFT_DEVICE double inverse(int64_t c) const {
    return inverse_deviation ? static_cast<double>(inverse_deviation[c])
                             : 1 / sqrt(static_cast<double>(variance[c]) + epsilon);
  }
};

// Sums of dy, and of dy times x less its mean.
struct GradientTerms {
  const float *x, *dy, *mean;
  int64_t columns;
  GRAFT_DEVICE void operator()(int64_t row, int64_t c, double* sum) const {
    const int64_t i = row * columns + c;
    const double d = static_cast<double>(dy[i]);
    sum[0] += d;
    sum[1] += d * (static_cast<double>(x[i]) - static_cast<double>(mean[c]));
  }
};

struct StoreGradients {
  Statistics statistics;
  float *dscale, *dshift;  // may be null
  double* totals;          // [2, columns]: of dy, and of dy times the normalised x
  int64_t columns;
  GRAFT_DEVICE void operator()(int64_t c, const double* sum) const {
    const double scaled = sum[1] * statistics.inverse(c);
    totals[c] = sum[0];
    totals[columns + c] = scaled;
    if (!dscale) return;
    dshift[c] = static_cast<float>(sum[0]);
    dscale[c] = static_cast<float>(scaled);
  }
};

// One thread an element. Without totals the statistics were constants, and dx is dy scaled.
// x, dy, dx: [rows, c]; scale: [c]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void batch_norm_backward_simt_kernel(const float* x, const float* dy, float* dx, const float* scale,
                                     Statistics statistics, const double* totals, int64_t rows,
                                     int64_t columns) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= rows * columns) return;
  const int64_t c = i % columns;
  const double inverse = statistics.inverse(c);
  double d = static_cast<double>(dy[i]);
  if (totals) {
    const double normalised = (static_cast<double>(x[i]) - static_cast<double>(statistics.mean[c])) * inverse;
    d -= (totals[c] + normalised * totals[columns + c]) / static_cast<double>(rows);
  }
  dx[i] = static_cast<float>(d * inverse * static_cast<double>(scale[c]));
}

}  // namespace

void batch_norm_backward_simt(const BatchNormProblem& p, const BatchNormBackward::Args& args,
                              const RunContext& context) {
  const Statistics statistics{floats(p.batch_statistics ? args.mean : args.running_mean),
                              p.batch_statistics ? floats(args.inverse_deviation) : nullptr,
                              p.batch_statistics ? nullptr : floats(args.running_variance), p.epsilon};
  double* totals = static_cast<double*>(context.scratch);
  if (p.wants_dscale || (p.wants_dx && p.batch_statistics))
    launch_column_sums<2>("batch_norm_gradients",
                          GradientTerms{floats(args.x), floats(args.dy), statistics.mean, p.c},
                          StoreGradients{statistics, p.wants_dscale ? floats(args.dscale) : nullptr,
                                         p.wants_dscale ? floats(args.dshift) : nullptr, totals, p.c},
                          p.rows, p.c, totals + 2 * p.c, context.stream);
  if (!p.wants_dx) return;
  launch("batch_norm_backward_simt", batch_norm_backward_simt_kernel,
         {blocks_for(p.rows * p.c, threads_per_block)}, {threads_per_block}, 0, context.stream,
         floats(args.x), floats(args.dy), floats(args.dx), floats(args.scale), statistics,
         p.batch_statistics ? totals : nullptr, p.rows, p.c);
}

}  // namespace graft::GRAFT_TARGET
