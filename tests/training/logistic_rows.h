#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "transfer/training/logistic_loss.h"

namespace graft::test {

// Clouds of points, one a class, off the origin and of uneven scales, in classes of uneven size.
struct Clouds {
  int64_t features, classes;
  std::vector<float> values;  // [rows, features]
  LabelledRows rows;

  Clouds(int64_t count, int64_t features, int64_t classes, double distance, uint32_t seed)
      : features(features), classes(classes) {
    std::mt19937 random(seed);
    std::normal_distribution<double> draw;
    std::vector<double> centres(classes * features);
    for (double& centre : centres) centre = distance * draw(random);
    rows.features = features;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t label = i % 3 == 0 ? 0 : i % classes;
      rows.labels.push_back(static_cast<int32_t>(label));
      for (int64_t j = 0; j < features; ++j)
        values.push_back(static_cast<float>(3 + (centres[label * features + j] + draw(random)) *
                                                    (0.5 + static_cast<double>(j % 4))));
    }
    rows.row = [this](int64_t row) { return values.data() + row * this->features; };
  }
  Clouds(const Clouds&) = delete;
};

inline std::vector<int64_t> all_of(const LabelledRows& rows) {
  std::vector<int64_t> all(rows.count());
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  return all;
}

// The definition, by plain loops on features as they are: mean loss of weights [classes, features] and
// biases.
inline double plain_loss(const LabelledRows& rows, const std::vector<int64_t>& chosen,
                         const LossSettings& loss, const std::vector<double>& weight,
                         const std::vector<double>& bias, std::vector<double>* gradient = nullptr) {
  const size_t classes = bias.size(), features = static_cast<size_t>(rows.features);
  if (gradient) gradient->assign(classes * features + classes, 0);
  double sum = 0, total = 0;
  for (int64_t i : chosen) total += loss.class_weights.empty() ? 1 : loss.class_weights[rows.labels[i]];
  for (int64_t i : chosen) {
    std::vector<double> logits = bias, share(classes);
    for (size_t c = 0; c < classes; ++c)
      for (size_t j = 0; j < features; ++j)
        logits[c] += weight[c * features + j] * static_cast<double>(rows.row(i)[j]);
    double exponentials = 0, shares = 0;
    for (double logit : logits) exponentials += std::exp(logit);
    for (size_t c = 0; c < classes; ++c) {
      share[c] = loss.label_smoothing / static_cast<double>(classes);
      if (static_cast<int32_t>(c) == rows.labels[i]) share[c] += 1 - loss.label_smoothing;
      if (!loss.class_weights.empty()) share[c] *= static_cast<double>(loss.class_weights[c]);
      shares += share[c];
      sum -= share[c] * std::log(std::exp(logits[c]) / exponentials) / total;
    }
    for (size_t c = 0; c < classes && gradient; ++c) {
      const double slope = (shares * std::exp(logits[c]) / exponentials - share[c]) / total;
      for (size_t j = 0; j < features; ++j)
        (*gradient)[c * features + j] += slope * static_cast<double>(rows.row(i)[j]);
      (*gradient)[classes * features + c] += slope;
    }
  }
  return sum;
}

}  // namespace graft::test
