#include "transfer/training/cross_validation.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "engine/check.h"
#include "transfer/data/hash.h"

namespace graft {

namespace {

constexpr int most_folds = 5, enough_rows = 1000, patience = 3;
// A fit that only ranks decays need not be exact.
constexpr LbfgsOptions rough{.max_iterations = 300, .gradient_norm = 3e-4};

std::vector<std::vector<int64_t>> rows_by_class(const std::vector<int32_t>& labels) {
  std::vector<std::vector<int64_t>> rows(*std::max_element(labels.begin(), labels.end()) + 1);
  for (size_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(static_cast<int64_t>(i));
  return rows;
}

struct Fold {
  std::vector<int64_t> learns, held_out;
  std::vector<double> parameters;  // of the last decay
};

std::vector<Fold> folds_of(const std::vector<int32_t>& labels, int count, uint64_t seed) {
  const std::vector<int> fold_of_row = stratified_folds(labels, count, seed);
  std::vector<Fold> folds(validated_folds(static_cast<int64_t>(labels.size()), count));
  for (size_t row = 0; row < labels.size(); ++row)
    for (size_t fold = 0; fold < folds.size(); ++fold)
      (static_cast<int>(fold) == fold_of_row[row] ? folds[fold].held_out : folds[fold].learns)
          .push_back(static_cast<int64_t>(row));
  return folds;
}

CrossValidation::Point validate(LogisticLoss& loss, std::vector<Fold>& folds, double decay,
                                const std::function<void(const LbfgsResult&)>& iterated) {
  CrossValidation::Point point{.decay = decay};
  double weight = 0;
  size_t rows = 0;
  for (Fold& fold : folds) {
    fold.parameters =
        fit_logistic(loss, fold.learns, decay, rough, std::move(fold.parameters), iterated).parameters;
    const LogisticLoss::Score score = loss.at(fold.held_out, fold.parameters);
    point.loss += score.loss * score.weight;
    point.accuracy += static_cast<double>(score.correct);
    weight += score.weight;
    rows += fold.held_out.size();
  }
  point.loss /= weight;
  point.accuracy /= static_cast<double>(rows);
  return point;
}

double two_digits(double value) {
  char digits[32];
  const char* end = std::to_chars(digits, std::end(digits), value, std::chars_format::scientific, 1).ptr;
  std::from_chars(digits, end, value);
  return value;
}

}  // namespace

int fold_count(const std::vector<int32_t>& labels) {
  size_t fewest = most_folds;
  for (const auto& rows : rows_by_class(labels))
    if (!rows.empty()) fewest = std::min(fewest, rows.size());
  return std::max(2, static_cast<int>(fewest));
}

int validated_folds(int64_t rows, int folds) {
  const int64_t enough = (enough_rows * folds + rows - 1) / rows;
  return static_cast<int>(std::min<int64_t>(folds, enough));
}

std::vector<int> stratified_folds(const std::vector<int32_t>& labels, int folds, uint64_t seed) {
  std::vector<int> fold_of_row(labels.size());
  std::vector<std::vector<int64_t>> classes = rows_by_class(labels);
  size_t next = 0;  // goes on through the classes, so that the folds are of one size
  for (size_t label = 0; label < classes.size(); ++label) {
    RandomStream random(seed, RandomUse::split, static_cast<uint32_t>(label));
    shuffle(classes[label], random);
    for (int64_t row : classes[label]) fold_of_row[row] = static_cast<int>(next++ % folds);
  }
  return fold_of_row;
}

std::vector<double> decay_grid(double spread) {
  std::vector<double> decays;
  for (int i = 0; i < decay_count; ++i)
    decays.push_back(two_digits(spread * spread * std::pow(10, -i / 2.0)));
  return decays;
}

CrossValidation cross_validate(LogisticLoss& loss, uint64_t seed,
                               const std::function<void(const CrossValidation&)>& progress) {
  const std::vector<int32_t>& labels = loss.rows().labels;
  GRAFT_CHECK(labels.size() >= 2, call,
              "one image cannot be cross-validated; give --weight-decay, or more images");
  std::vector<Fold> folds = folds_of(labels, fold_count(labels), seed);
  CrossValidation result{.folds = static_cast<int>(folds.size()), .points = {}};
  const auto iterated = [&](const LbfgsResult&) {
    if (progress) progress(result);
  };
  for (double decay : decay_grid(loss.spread())) {
    result.points.push_back(validate(loss, folds, decay, iterated));
    if (result.points.back().loss < result.points[result.best].loss) result.best = result.points.size() - 1;
    if (result.points.size() - 1 - result.best == patience) break;
  }
  return result;
}

}  // namespace graft
