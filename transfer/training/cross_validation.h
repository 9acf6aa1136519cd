#pragma once

#include "transfer/training/logistic_regression.h"

namespace graft {

// Into how many parts to split: 5, fewer where a class has fewer rows, at least 2.
int fold_count(const std::vector<int32_t>& labels);
// How many of them to hold out in turn: all, or as many as hold a thousand rows together.
int validated_folds(int64_t rows, int folds);
// By row, which fold holds it out. Each class is spread evenly, by seed.
std::vector<int> stratified_folds(const std::vector<int32_t>& labels, int folds, uint64_t seed);

struct CrossValidation {
  struct Point {
    double decay = 0;
    double loss = 0;      // mean over the rows held out, each by the classifier that did not see it
    double accuracy = 0;  // likewise
  };
  int folds = 0;              // that were held out in turn
  std::vector<Point> points;  // from the strongest decay to the weakest that was tried
  size_t best = 0;            // the point of least loss, the stronger decay on a tie
};

constexpr int decay_count = 13;
// The decays to try: half powers of ten, from 1 to 1e-6, times the features' squared spread; rounded to two
// digits, so that what is printed can be given back.
std::vector<double> decay_grid(double spread);

// Chooses the decay. Each fit begins where that of the next stronger decay ended; the path ends once the loss
// has not become less for three decays. `progress` is told after each step of a fit what is known so far;
// what it throws ends the search.
CrossValidation cross_validate(LogisticLoss& loss, uint64_t seed,
                               const std::function<void(const CrossValidation&)>& progress = nullptr);

}  // namespace graft
