#pragma once

#include "kernels/host_sums.h"

namespace graft {

// dbias[k] = column sums of dy[rows, k]; `partial` has row_sum_bytes(rows, k).
inline void sum_bias_gradient(int64_t rows, int64_t k, const float* dy, double* partial, float* dbias) {
  sum_short_rows<1, float>(rows, k, partial,
                           [=](int64_t row, int64_t begin, int64_t end, auto& part) GRAFT_INLINE {
                             float* sum = part[0];
                             const float* of_row = dy + row * k + begin;
#pragma GCC ivdep
                             for (int64_t i = 0; i < end - begin; ++i) sum[i] += of_row[i];
                           });
  std::transform(partial, partial + k, dbias, [](double sum) { return static_cast<float>(sum); });
}

}  // namespace graft
