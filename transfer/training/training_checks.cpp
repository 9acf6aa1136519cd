#include "transfer/training/training_checks.h"

#include <optional>

#include "engine/check.h"
#include "transfer/features/cut.h"
#include "transfer/model/freeze.h"

namespace graft {

namespace {

// A file whose every running mean is 0 and every variance the same never saw a batch: its batch norms were
// folded away. A mean of 0 and a variance of exactly 1 is a network that nobody has trained yet.
bool has_synthetic_statistics(const ModelData& model) {
  bool any = false;
  std::optional<float> variance;
  for (const auto& [name, tensor] : model.weights) {
    const bool is_mean = name.ends_with(".running_mean");
    if (!is_mean && !name.ends_with(".running_var")) continue;
    any = true;
    for (int64_t i = 0; i < tensor.count(); ++i) {
      if (is_mean ? tensor.data[i] != 0 : tensor.data[i] != variance.value_or(tensor.data[i])) return false;
      if (!is_mean) variance = tensor.data[i];
    }
  }
  return any && variance != 1.0f;
}

}  // namespace

void check_training(const ModelData& model, const Recipe& recipe, const Dataset& train,
                    const Dataset& held_out) {
  GRAFT_CHECK(!train.samples.empty(), call, "there is no image to train on");
  GRAFT_CHECK(!held_out.samples.empty(), call,
              "there is no held-out image; give --val or a larger --val-split");
  GRAFT_CHECK(model.classes == train.classes, call,
              "the model's head is not for the data's classes; call swap_head first");
  GRAFT_CHECK(held_out.classes == train.classes, call,
              "the held-out images have other classes than the training images");
  GRAFT_CHECK(trainable_parameters(model) > 0, call, "--train leaves nothing to train");
  GRAFT_CHECK(recipe.batch_norm != BatchNormMode::train || !has_synthetic_statistics(model), call,
              "--batch-norm train: the running statistics of these weights are synthetic (every mean 0, "
              "every variance equal); use "
              "--batch-norm frozen");
  GRAFT_CHECK(recipe.prefix_math == recipe.math || !cut_of(model.graph).empty(), call, "--prefix-precision ",
              name_of(recipe.prefix_math),
              ": nothing is frozen in front of what trains; leave it away, or freeze layers by --train");
}

}  // namespace graft
