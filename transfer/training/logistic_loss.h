#pragma once

#include <functional>

#include "engine/device.h"
#include "transfer/training/logistic_block.h"

namespace graft {

// Rows of features with their labels. Nothing is copied: rows may come from memory or from a mapped file.
struct LabelledRows {
  int64_t features = 0;
  std::function<const float*(int64_t row)> row;  // [features]; called by several threads
  std::vector<int32_t> labels;                   // by row
  int64_t count() const { return static_cast<int64_t>(labels.size()); }
};

// A linear classifier of features as they are.
struct LinearHead {
  std::vector<float> weight;  // [classes, features]
  std::vector<float> bias;    // [classes]
};

// The mean loss of a linear classifier over chosen rows, in double, the same for any number of threads.
//
// It sees features with their mean taken out and divided by one number, their spread: the root of a row's
// mean squared distance from the mean. Neither changes what can be learned, a row's squared length is 1 on
// average, and the minimum is found in far fewer steps.
class LogisticLoss {
 public:
  // `host` computes. Both it and the rows must outlive this.
  LogisticLoss(Device& host, const LabelledRows& rows, int64_t classes, LossSettings loss);

  const LabelledRows& rows() const { return rows_; }
  size_t weight_count() const { return static_cast<size_t>(classes_ * rows_.features); }
  size_t parameter_count() const { return weight_count() + static_cast<size_t>(classes_); }
  double spread() const { return spread_; }

  struct Score {
    double loss = 0;    // mean, weighted by class
    double weight = 0;  // sum of the labels' weights
    int64_t correct = 0;
  };
  // parameters: [classes, features], then the biases; `gradient` likewise, assigned. Left empty: not wanted.
  Score at(std::span<const int64_t> chosen, std::span<const double> parameters,
           std::span<double> gradient = {});

  LinearHead head_of(std::span<const double> parameters) const;

 private:
  void measure_features();
  void add_piece(std::span<const int64_t> chosen, const LinearParameters& parameters, bool wants_gradient,
                 double* sums);

  Device& host_;
  const LabelledRows& rows_;
  const int64_t classes_;
  const LossSettings loss_;
  std::vector<double> mean_;
  double spread_ = 1;
  std::vector<LogisticBlock> blocks_;  // by thread
  std::vector<double> partial_;
};

}  // namespace graft
