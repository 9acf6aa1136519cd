#include "transfer/training/solver_checks.h"

#include "engine/check.h"
#include "layers/dense.h"
#include "transfer/training/recipe.h"

namespace graft {

namespace {

// The head must be the last layer, so that its outputs are the logits, and linear in what it reads.
void check_linear_head(const ModelData& model, const char* option) {
  const NodeId head = model.head_node();
  std::string behind;
  for (NodeId id = head + 1; id < model.graph.size(); ++id)
    behind += text(behind.empty() ? " with " : ", ", model.graph[id].layer->type());
  if (!behind.empty()) behind += " behind it";
  const Layer& layer = *model.graph[head].layer;
  GRAFT_CHECK(dynamic_cast<const Dense*>(&layer) && behind.empty(), call, option,
              " needs a network that ends in a dense layer; ", model.head, " of ", model.arch, " is a ",
              layer.type(), behind);
}

// What only epochs of steps have.
void check_no_step_options(const TrainOptions& options) {
  const TrainOptions untouched;
  const std::pair<const char*, bool> given[] = {{"epochs", options.epochs.has_value()},
                                                {"optimizer", options.optimizer != untouched.optimizer},
                                                {"lr", options.learning_rate.has_value()},
                                                {"momentum", options.momentum != untouched.momentum},
                                                {"lr-scale", !options.rate_scales.empty()},
                                                {"batch-norm", options.batch_norm != untouched.batch_norm},
                                                {"schedule", options.schedule != untouched.schedule},
                                                {"warmup", options.warmup.has_value()},
                                                {"clip", options.clip.has_value()},
                                                {"patience", options.patience != untouched.patience},
                                                {"ema", options.ema != untouched.ema},
                                                {"head-first", options.head_first.has_value()}};
  for (const auto& [name, is_given] : given)
    GRAFT_CHECK(
        !is_given, call, "--", name,
        " is for training in epochs; --solver lbfgs goes straight to the head's minimum; leave one away");
  GRAFT_CHECK(
      options.augment.value_or("none") == "none", call, "--augment ", *options.augment,
      " makes new images each epoch; --solver lbfgs works on one set of features: use --augment none");
}

}  // namespace

void check_solver(const ModelData& model, const TrainOptions& options) {
  GRAFT_CHECK(options.head.value_or("linear") == "linear", call, "--head is '", *options.head,
              "'; it must be linear");
  if (options.head) check_linear_head(model, "--head linear");
  GRAFT_CHECK(options.solver == "epochs" || options.solver == "lbfgs", call, "--solver is '", options.solver,
              "'; it must be epochs or lbfgs");
  if (options.solver == "epochs") return;
  check_linear_head(model, "--solver lbfgs");
  GRAFT_CHECK(options.cache != "off", call,
              "--cache off keeps no features, which --solver lbfgs works on; use --cache auto");
  if (trains_head_only(model)) return check_no_step_options(options);
  GRAFT_CHECK(wants_head_first(model, options), call,
              "--solver lbfgs is for a head alone, which this run never trains; use --train head, or "
              "--head-first on with a head that trains");
}

}  // namespace graft
