#pragma once

#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/column_rows.h"
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
  // What x less its mean is multiplied by.
  template <int width>
  GRAFT_DEVICE Floats<width> factor(const float* scale, int64_t c) const {
    const auto inverses = inverse<width>(c);
    Floats<width> result = load_floats<width>(scale + c);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) result.at[i] *= inverses.at[i];
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

}  // namespace graft::GRAFT_TARGET
