#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace graft {

struct Interval {
  double low = 0;
  double high = 0;
};

// How often each (true class, predicted class) occurred. Sparse: its size follows the images, not classes
// squared.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int64_t classes = 0);  // Error(call) when negative

  void add(int64_t truth, int64_t predicted, int64_t images = 1);  // Error(call) outside [0, classes)

  int64_t classes() const { return static_cast<int64_t>(of_truth_.size()); }
  int64_t images() const { return images_; }
  int64_t correct() const { return correct_; }
  int64_t count(int64_t truth, int64_t predicted) const;
  int64_t images_of(int64_t truth) const { return of_truth_.at(static_cast<size_t>(truth)); }
  int64_t predictions_of(int64_t predicted) const { return of_predicted_.at(static_cast<size_t>(predicted)); }
  // The cells that are not zero, ordered by (truth, predicted).
  const std::map<std::pair<int64_t, int64_t>, int64_t>& cells() const { return cells_; }

 private:
  std::map<std::pair<int64_t, int64_t>, int64_t> cells_;
  std::vector<int64_t> of_truth_, of_predicted_;
  int64_t images_ = 0, correct_ = 0;
};

struct ClassResult {
  int64_t images = 0;
  int64_t correct = 0;
  std::optional<double> accuracy;  // nothing where the class has no image
};

// All below are fractions in [0, 1]. Those of a set without images are undefined: Error(call).
double top1_accuracy(const ConfusionMatrix&);
std::vector<ClassResult> per_class_results(const ConfusionMatrix&);
// Mean accuracy of the classes that have images.
double balanced_accuracy(const ConfusionMatrix&);
// Mean of F1 = 2 TP / (2 TP + FP + FN) over the classes that occur, as truth or as prediction.
double macro_f1(const ConfusionMatrix&);
// The accuracy of always answering the class that is most frequent among these images.
double majority_baseline(const ConfusionMatrix&);

// 95 % score interval of a proportion (Wilson, "Probable inference, the law of succession, and statistical
// inference", JASA 22, 1927): meaningful for small sets and near 0 and 1. Error(call) unless 0 <= hits <=
// trials, trials > 0.
Interval wilson_interval(int64_t hits, int64_t trials);

// Rows of scores (logits or probabilities), [images, classes]. Ties go to the lower class index.
// A NaN among the scores is Error(call): no ranking of it would mean anything.
int64_t predicted_class(std::span<const float> scores);
// Whether fewer than k classes rank before `label`. k of more than the classes is always a hit.
bool in_top_k(std::span<const float> scores, int64_t label, int64_t k);
// -log softmax(logits)[label], in double with the maximum taken out; infinite logits give an infinite or NaN
// loss.
double cross_entropy(std::span<const float> logits, int64_t label);

// What the metrics need, added up batch by batch.
struct Evaluation {
  explicit Evaluation(int64_t classes = 0) : confusion(classes) {}

  // labels: [images]; logits: [images, classes]. Error(call) where sizes disagree or a label is out of range;
  // then nothing of this batch has been added.
  void add(std::span<const int64_t> labels, std::span<const float> logits);

  double top1() const { return top1_accuracy(confusion); }
  double top5() const;  // 1 where there are at most 5 classes
  double loss() const;  // mean cross-entropy, no label smoothing
  Interval top1_interval() const { return wilson_interval(confusion.correct(), confusion.images()); }

  ConfusionMatrix confusion;
  int64_t top5_hits = 0;
  double loss_sum = 0;
};

}  // namespace graft
