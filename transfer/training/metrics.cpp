#include "transfer/training/metrics.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace graft {
namespace {

void check_not_empty(const ConfusionMatrix& confusion, const char* metric) {
  GRAFT_CHECK(confusion.images() > 0, call, metric,
              " of no images is undefined; evaluate at least one image");
}

void check_scores(std::span<const float> scores, int64_t label) {
  GRAFT_CHECK(label >= 0 && label < static_cast<int64_t>(scores.size()), call, "label ", label,
              " is outside the ", scores.size(), " classes");
}

void check_no_nan(std::span<const float> scores) {
  const bool nan = std::any_of(scores.begin(), scores.end(), [](float score) { return std::isnan(score); });
  GRAFT_CHECK(!nan, call, "the network's outputs are not numbers (NaN); training diverged, lower --lr");
}

double ratio(int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

}  // namespace

ConfusionMatrix::ConfusionMatrix(int64_t classes) {
  GRAFT_CHECK(classes >= 0, call, "a confusion matrix of ", classes, " classes");
  of_truth_.resize(static_cast<size_t>(classes));
  of_predicted_.resize(static_cast<size_t>(classes));
}

void ConfusionMatrix::add(int64_t truth, int64_t predicted, int64_t images) {
  for (int64_t index : {truth, predicted})
    GRAFT_CHECK(index >= 0 && index < classes(), call, "class ", index, " is outside the ", classes(),
                " classes");
  GRAFT_CHECK(images >= 0, call, "cannot count ", images, " images");
  if (images == 0) return;
  cells_[{truth, predicted}] += images;
  of_truth_[static_cast<size_t>(truth)] += images;
  of_predicted_[static_cast<size_t>(predicted)] += images;
  images_ += images;
  if (truth == predicted) correct_ += images;
}

int64_t ConfusionMatrix::count(int64_t truth, int64_t predicted) const {
  const auto cell = cells_.find({truth, predicted});
  return cell == cells_.end() ? 0 : cell->second;
}

double top1_accuracy(const ConfusionMatrix& confusion) {
  check_not_empty(confusion, "accuracy");
  return ratio(confusion.correct(), confusion.images());
}

std::vector<ClassResult> per_class_results(const ConfusionMatrix& confusion) {
  std::vector<ClassResult> results(static_cast<size_t>(confusion.classes()));
  for (int64_t c = 0; c < confusion.classes(); ++c) {
    ClassResult& result = results[static_cast<size_t>(c)];
    result.images = confusion.images_of(c);
    result.correct = confusion.count(c, c);
    if (result.images > 0) result.accuracy = ratio(result.correct, result.images);
  }
  return results;
}

double balanced_accuracy(const ConfusionMatrix& confusion) {
  check_not_empty(confusion, "balanced accuracy");
  double sum = 0;
  int64_t present = 0;
  for (const ClassResult& result : per_class_results(confusion)) {
    if (!result.accuracy) continue;
    sum += *result.accuracy;
    ++present;
  }
  return sum / static_cast<double>(present);
}

double macro_f1(const ConfusionMatrix& confusion) {
  check_not_empty(confusion, "macro F1");
  double sum = 0;
  int64_t present = 0;
  for (int64_t c = 0; c < confusion.classes(); ++c) {
    // 2 TP + FP + FN is the number of times c was true plus the number of times it was predicted.
    const int64_t occurrences = confusion.images_of(c) + confusion.predictions_of(c);
    if (occurrences == 0) continue;
    sum += ratio(2 * confusion.count(c, c), occurrences);
    ++present;
  }
  return sum / static_cast<double>(present);
}

double majority_baseline(const ConfusionMatrix& confusion) {
  check_not_empty(confusion, "majority baseline");
  int64_t most = 0;
  for (int64_t c = 0; c < confusion.classes(); ++c) most = std::max(most, confusion.images_of(c));
  return ratio(most, confusion.images());
}

Interval wilson_interval(int64_t hits, int64_t trials) {
  GRAFT_CHECK(trials > 0 && hits >= 0 && hits <= trials, call, "no interval for ", hits, " of ", trials);
  const double z = 1.959963984540054;  // the normal distribution's 97.5 % point
  const double n = static_cast<double>(trials), p = ratio(hits, trials), shrink = 1 / (1 + z * z / n);
  const double centre = (p + z * z / (2 * n)) * shrink;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) * shrink;
  // The exact bounds at the ends are 0 and 1; rounding must not miss them.
  return {hits == 0 ? 0.0 : centre - half, hits == trials ? 1.0 : centre + half};
}

int64_t predicted_class(std::span<const float> scores) {
  GRAFT_CHECK(!scores.empty(), call, "no class to choose: there are no scores");
  check_no_nan(scores);
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

bool in_top_k(std::span<const float> scores, int64_t label, int64_t k) {
  check_scores(scores, label);
  check_no_nan(scores);
  GRAFT_CHECK(k > 0, call, "top-", k, " accuracy; k must be at least 1");
  const size_t own = static_cast<size_t>(label);
  int64_t before = 0;
  for (size_t c = 0; c < scores.size(); ++c)
    before += scores[c] > scores[own] || (scores[c] == scores[own] && c < own);
  return before < k;
}

double cross_entropy(std::span<const float> logits, int64_t label) {
  check_scores(logits, label);
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += std::exp(logit - largest);
  return std::log(sum) + largest - logits[static_cast<size_t>(label)];
}

void Evaluation::add(std::span<const int64_t> labels, std::span<const float> logits) {
  const size_t classes = static_cast<size_t>(confusion.classes());
  GRAFT_CHECK(classes > 0, call, "an evaluation of no classes");
  GRAFT_CHECK(logits.size() % classes == 0 && logits.size() / classes == labels.size(), call, logits.size(),
              " logits do not fit ", labels.size(), " labels of ", classes, " classes");
  const auto row = [&](size_t image) { return logits.subspan(image * classes, classes); };
  for (size_t image = 0; image < labels.size(); ++image) {
    check_scores(row(image), labels[image]);
    check_no_nan(row(image));
  }
  for (size_t image = 0; image < labels.size(); ++image) {
    confusion.add(labels[image], predicted_class(row(image)));
    top5_hits += in_top_k(row(image), labels[image], 5);
    loss_sum += cross_entropy(row(image), labels[image]);
  }
}

double Evaluation::top5() const {
  check_not_empty(confusion, "top-5 accuracy");
  return ratio(top5_hits, confusion.images());
}

double Evaluation::loss() const {
  check_not_empty(confusion, "loss");
  return loss_sum / static_cast<double>(confusion.images());
}

}  // namespace graft
