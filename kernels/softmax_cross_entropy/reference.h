#pragma once

#include <cmath>

#include "kernels/host_loops.h"
#include "kernels/reference.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace graft {

// Sums are formed in double: there is one row a sample, so it costs nothing.
template <class T>
class SoftmaxCrossEntropyReference : public Prepared<SoftmaxCrossEntropy> {
 public:
  explicit SoftmaxCrossEntropyReference(const SoftmaxCrossEntropyProblem& problem) : p_(problem) {}

  void run(const SoftmaxCrossEntropy::Args& args, const RunContext&) override {
    const int32_t* labels = args.labels.as<int32_t>();
    const T* weights = p_.weighted ? args.class_weights.as<T>() : nullptr;
    const T* logits = args.logits.as<T>();
    T* losses = args.losses.as<T>();
    T* gradient = p_.wants_gradient ? args.dlogits.as<T>() : nullptr;
    double total = 0;  // of the labels' weights
    for (int64_t n = 0; n < p_.n; ++n) {
      GRAFT_CHECK(labels[n] >= 0 && labels[n] < p_.classes, shape, "label ", labels[n], " of sample ", n,
                  " is not in [0, ", p_.classes, ")");
      total += weights ? static_cast<double>(weights[labels[n]]) : 1.0;
    }
    GRAFT_CHECK(total > 0, shape, "the class weights of the batch's labels sum to ", total);
    for_each_index(p_.n, [&](int64_t n) {
      losses[n] = static_cast<T>(sample(logits + n * p_.classes, labels[n], weights, total,
                                        gradient ? gradient + n * p_.classes : nullptr));
    });
  }

 private:
  double sample(const T* logits, int64_t label, const T* weights, double total, T* gradient) const {
    const double largest = static_cast<double>(*std::max_element(logits, logits + p_.classes));
    double sum = 0;
    for (int64_t c = 0; c < p_.classes; ++c) sum += std::exp(static_cast<double>(logits[c]) - largest);
    const double log_sum = largest + std::log(sum);
    const auto share = [&](int64_t c) {
      const double target =
          (c == label ? 1 - p_.smoothing : 0.0) + p_.smoothing / static_cast<double>(p_.classes);
      return target * (weights ? static_cast<double>(weights[c]) : 1.0) / total;
    };
    double loss = 0, shares = 0;
    for (int64_t c = 0; c < p_.classes; ++c) {
      loss += share(c) * (log_sum - static_cast<double>(logits[c]));
      shares += share(c);
    }
    for (int64_t c = 0; c < p_.classes && gradient; ++c)
      gradient[c] = static_cast<T>(shares * std::exp(static_cast<double>(logits[c]) - log_sum) - share(c));
    return loss;
  }

  SoftmaxCrossEntropyProblem p_;
};

}  // namespace graft
