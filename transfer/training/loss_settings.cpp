#include "transfer/training/loss_settings.h"

namespace graft {

namespace {

// scikit-learn's "balanced": images / (classes * images of the class); a class without images is never asked
// for.
std::vector<float> balanced_weights(const std::vector<int64_t>& counts) {
  double images = 0;
  for (int64_t count : counts) images += static_cast<double>(count);
  std::vector<float> weights;
  for (int64_t count : counts)
    weights.push_back(count ? static_cast<float>(images / static_cast<double>(counts.size() * count)) : 0.0f);
  return weights;
}

}  // namespace

LossSettings loss_settings(const Recipe& recipe, const std::vector<int64_t>& class_counts) {
  LossSettings loss;
  loss.label_smoothing = recipe.label_smoothing;
  if (recipe.balanced_classes) loss.class_weights = balanced_weights(class_counts);
  return loss;
}

}  // namespace graft
