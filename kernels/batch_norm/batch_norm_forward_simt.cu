#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

struct StoreMean {
  float* mean;
  double rows;
  GRAFT_DEVICE void operator()(int64_t c, const double* sum) const {
    mean[c] = static_cast<float>(*sum / rows);
  }
};

// A second pass over x, because mean(x^2) - mean(x)^2 cancels.
struct SquaredDeviation {
  const float *x, *mean;
  int64_t columns;
  GRAFT_DEVICE void operator()(int64_t row, int64_t c, double* sum) const {
    const double deviation = static_cast<double>(x[row * columns + c]) - static_cast<double>(mean[c]);
    *sum += deviation * deviation;
  }
};

struct StoreStatistics {
  const float* mean;
  float *inverse_deviation, *running_mean, *running_variance;
  double rows, epsilon, momentum;

  GRAFT_DEVICE float moved(float running, double batch) const {
    return static_cast<float>((1 - momentum) * static_cast<double>(running) + momentum * batch);
  }
  GRAFT_DEVICE void operator()(int64_t c, const double* sum) const {
    inverse_deviation[c] = static_cast<float>(1 / sqrt(*sum / rows + epsilon));
    running_mean[c] = moved(running_mean[c], static_cast<double>(mean[c]));
    running_variance[c] = moved(running_variance[c], *sum / (rows - 1));
  }
};

// One thread an element; bound by memory, and neighbours read neighbours.
// x, y: [rows, c]; all others: [c]; inverse_deviation may be null: from the variance, then.
GRAFT_KERNEL_BOUNDED(threads_per_block)
void batch_norm_forward_simt_kernel(const float* x, float* y, const float* scale, const float* shift,
                                    const float* mean, const float* inverse_deviation, const float* variance,
                                    double epsilon, int64_t count, int64_t columns, Activation activation) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= count) return;
  const int64_t c = i % columns;
  const float inverse = inverse_deviation
                            ? inverse_deviation[c]
                            : static_cast<float>(1 / sqrt(static_cast<double>(variance[c]) + epsilon));
  y[i] = activate(activation, (x[i] - mean[c]) * (inverse * scale[c]) + shift[c]);
}

}  // namespace

void batch_norm_forward_simt(const BatchNormProblem& p, const BatchNormForward::Args& args,
                             const RunContext& context) {
  const float* x = floats(args.x);
  const float* mean = floats(p.batch_statistics ? args.mean : args.running_mean);
  float* inverse = p.batch_statistics ? floats(args.inverse_deviation) : nullptr;
  const double rows = static_cast<double>(p.rows);
  if (p.batch_statistics) {
    launch_column_sums<1>("batch_norm_mean", PlainTerm{x, p.c}, StoreMean{floats(args.mean), rows}, p.rows,
                          p.c, context.scratch, context.stream);
    launch_column_sums<1>("batch_norm_variance", SquaredDeviation{x, mean, p.c},
                          StoreStatistics{mean, inverse, floats(args.running_mean),
                                          floats(args.running_variance), rows, p.epsilon, p.momentum},
                          p.rows, p.c, context.scratch, context.stream);
  }
  launch("batch_norm_forward_simt", batch_norm_forward_simt_kernel,
         {blocks_for(p.rows * p.c, threads_per_block)}, {threads_per_block}, 0, context.stream, x,
         floats(args.y), floats(args.scale), floats(args.shift), mean, inverse, floats(args.running_variance),
         p.epsilon, p.rows * p.c, p.c, p.activation);
}

}  // namespace graft::GRAFT_TARGET
