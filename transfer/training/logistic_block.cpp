#include "transfer/training/logistic_block.h"

#include <algorithm>
#include <cmath>

#include "kernels/gemm/host_gemm.h"

namespace graft {

LogisticBlock::LogisticBlock(int64_t features, int64_t classes)
    : features_(features),
      classes_(classes),
      rows_(most_rows * features),
      columns_(features * most_rows),
      logits_(classes * most_rows),
      labels_(most_rows) {}

void LogisticBlock::add_row(const float* x, const double* mean, double scale, int32_t label) {
  double* row = rows_.data() + count_ * features_;
  double* column = columns_.data() + count_;
  for (int64_t j = 0; j < features_; ++j) {
    row[j] = (static_cast<double>(x[j]) - mean[j]) * scale;
    column[j * most_rows] = row[j];
  }
  labels_[count_++] = label;
}

void LogisticBlock::compute_logits(const LinearParameters& parameters) {
  for (int64_t c = 0; c < classes_; ++c) std::fill_n(&logit(0, c), count_, parameters.bias[c]);
  multiply_add(HostGemm<double>{.m = classes_,
                                .n = count_,
                                .k = features_,
                                .a = parameters.weight,
                                .a_row = features_,
                                .a_column = 1,
                                .b = columns_.data(),
                                .b_row = most_rows,
                                .c = logits_.data(),
                                .c_row = most_rows});
}

LogisticBlock::Sums LogisticBlock::apply_loss(const LossSettings& loss) {
  Sums sums;
  for (int64_t row = 0; row < count_; ++row) sums.loss += apply_loss(row, loss, sums.correct);
  return sums;
}

double LogisticBlock::apply_loss(int64_t row, const LossSettings& settings, int64_t& correct) {
  const int32_t label = labels_[row];
  int64_t best = 0;
  for (int64_t c = 1; c < classes_; ++c)
    if (logit(row, c) > logit(row, best)) best = c;
  correct += best == label;
  const double largest = logit(row, best);
  double sum = 0;
  for (int64_t c = 0; c < classes_; ++c) sum += std::exp(logit(row, c) - largest);
  const double log_sum = largest + std::log(sum);
  const auto share = [&](int64_t c) {
    const double target = (c == label ? 1 - settings.label_smoothing : 0.0) +
                          settings.label_smoothing / static_cast<double>(classes_);
    return settings.class_weights.empty() ? target : target * static_cast<double>(settings.class_weights[c]);
  };
  double loss = 0, shares = 0;
  for (int64_t c = 0; c < classes_; ++c) {
    loss += share(c) * (log_sum - logit(row, c));
    shares += share(c);
  }
  for (int64_t c = 0; c < classes_; ++c)
    logit(row, c) = shares * std::exp(logit(row, c) - log_sum) - share(c);
  return loss;
}

void LogisticBlock::add_gradient(double* weight, double* bias) const {
  for (int64_t c = 0; c < classes_; ++c)
    for (int64_t row = 0; row < count_; ++row) bias[c] += logits_[c * most_rows + row];
  multiply_add(HostGemm<double>{.m = classes_,
                                .n = features_,
                                .k = count_,
                                .a = logits_.data(),
                                .a_row = most_rows,
                                .a_column = 1,
                                .b = rows_.data(),
                                .b_row = features_,
                                .c = weight,
                                .c_row = features_});
}

}  // namespace graft
