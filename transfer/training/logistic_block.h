#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "layers/lowering/lower.h"

namespace graft {

// logits[c] = bias[c] + sum_j weight[c, j] x[j]
struct LinearParameters {
  const double* weight;  // [classes, features]
  const double* bias;    // [classes]
};

// A few rows on their way through a linear classifier: memory that one thread goes on using. Rows lie side by
// side in `columns_` and `logits_`, so that both products have long rows whatever the number of classes.
class LogisticBlock {
 public:
  static constexpr int64_t most_rows = 16;

  LogisticBlock(int64_t features, int64_t classes);

  void clear() { count_ = 0; }
  int64_t count() const { return count_; }
  // (x - mean) * scale becomes the next row; x and mean are [features].
  void add_row(const float* x, const double* mean, double scale, int32_t label);
  void compute_logits(const LinearParameters& parameters);

  struct Sums {
    double loss = 0;
    int64_t correct = 0;
  };
  // The rows' losses as in softmax_cross_entropy.h, not yet divided by the sum of the labels' weights; the
  // logits become that sum's gradient by the logits.
  Sums apply_loss(const LossSettings& loss);
  // weight[c, j] += sum over rows of gradient[c] x[j]; bias[c] += sum over rows of gradient[c]
  void add_gradient(double* weight, double* bias) const;

 private:
  double& logit(int64_t row, int64_t c) { return logits_[c * most_rows + row]; }
  double apply_loss(int64_t row, const LossSettings& loss, int64_t& correct);

  int64_t features_, classes_, count_ = 0;
  std::vector<double> rows_;     // [most_rows, features]
  std::vector<double> columns_;  // [features, most_rows]: the same transposed
  std::vector<double> logits_;   // [classes, most_rows]
  std::vector<int32_t> labels_;  // [most_rows]
};

}  // namespace graft
