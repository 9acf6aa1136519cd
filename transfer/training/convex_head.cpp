#include "transfer/training/convex_head.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"
#include "transfer/training/cached_rows.h"
#include "transfer/training/clock.h"
#include "transfer/training/evaluate_source.h"

namespace graft {

namespace {

constexpr LbfgsOptions to_the_end{.max_iterations = 1000, .gradient_norm = 1e-6};

const Dense& dense_head(const ModelData& model) {
  const auto* dense = dynamic_cast<const Dense*>(model.graph[model.head_node()].layer.get());
  GRAFT_CHECK(dense && dense->parameters().size() == 2, call,
              "--solver lbfgs needs a head that is a dense layer with a bias; call swap_head first");
  return *dense;
}

// In place of how it was chosen.
void note_decay(double decay, TrainResult& result) {
  for (auto& [option, value] : result.options)
    if (option == "weight-decay") value = text(decay);
}

}  // namespace

ConvexHead::ConvexHead(Device& device, const ModelData& model, const Recipe& recipe, LossSettings loss,
                       Progress::Stage name, ExecutorOptions options)
    : device_(device),
      model_(model),
      recipe_(recipe),
      loss_(std::move(loss)),
      name_(name),
      options_(std::move(options)),
      head_(dense_head(model)) {}

bool ConvexHead::run(TrainingState& state, BatchSource& train, BatchSource& held_out,
                     const Stage::Hooks& hooks, TrainResult& result) {
  if (state.epoch > 0) return true;
  check_features(train);
  began_ = now();
  progress_ = hooks.progress;
  const CachedRows rows(train);
  Solution solution = solve(rows.rows());
  state.best = state.current = weights_of(solution.head);
  solution.fit.seconds = now() - began_;
  const EvaluateResult evaluation = evaluate(state.best, held_out);
  state.rows.push_back({.epoch = 1,
                        .train_loss = solution.loss,
                        .val_loss = evaluation.loss,
                        .val_top1 = evaluation.top1,
                        .seconds = solution.fit.seconds,
                        .images_per_second = static_cast<double>(train.size()) / solution.fit.seconds});
  state.epoch = state.best_epoch = 1;
  state.step = solution.fit.iterations;
  if (name_ == Progress::Stage::train) note_decay(solution.fit.weight_decay, result);
  result.head_fit = solution.fit;
  result.held_out = evaluation;
  if (!solution.fit.converged)
    result.warnings.push_back(text("the head's solver ended after ", solution.fit.iterations,
                                   " iterations at a gradient norm of ", solution.fit.gradient_norm, ", not ",
                                   to_the_end.gradient_norm, "; a larger --weight-decay is solved faster"));
  hooks.epoch_done();
  if (!progress_) return true;
  Progress progress = progress_of(progress_of(0).steps);
  progress.epoch_done = true;
  progress.loss = solution.loss;
  progress.accuracy = solution.accuracy;
  progress.images_per_second = state.rows.back().images_per_second;
  progress.val_loss = evaluation.loss;
  progress.val_top1 = evaluation.top1;
  return progress_(progress);
}

// Between the cached features and the head there may be dropout, which is ignored as in inference, and
// nothing else.
void ConvexHead::check_features(const BatchSource& train) const {
  NodeId node = model_.graph[model_.head_node()].inputs[0];
  while (node != train.from().front()) {
    const Node& between = model_.graph[node];
    GRAFT_CHECK(between.layer && between.layer->type() == "dropout", call,
                "--solver lbfgs needs a head that reads cached features; ", between.name, " (",
                between.layer ? between.layer->type() : "input", ") lies between");
    node = between.inputs[0];
  }
}

ConvexHead::Solution ConvexHead::solve(const LabelledRows& rows) {
  // The host solves, whatever the device, with as many threads.
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = device_.properties().threads});
  LogisticLoss loss(*host, rows, head_.outputs(), loss_);
  Solution solution;
  HeadFit& fit = solution.fit;
  fit.weight_decay = recipe_.choose_decay ? choose_decay(loss, fit) : recipe_.weight_decay;
  std::vector<int64_t> all(rows.count());
  std::iota(all.begin(), all.end(), 0);
  const LogisticFit found =
      fit_logistic(loss, all, fit.weight_decay, to_the_end, {}, [&](const LbfgsResult& so_far) {
        tell(recipe_.choose_decay ? decay_count : 0, so_far.value, fit.cross_validated_top1);
      });
  fit.iterations = found.solved.iterations;
  fit.gradient_norm = found.solved.gradient_norm;
  fit.converged = found.solved.end == LbfgsEnd::converged;
  solution.loss = found.score.loss;
  solution.accuracy = static_cast<double>(found.score.correct) / static_cast<double>(rows.count());
  solution.head = loss.head_of(found.parameters);
  return solution;
}

double ConvexHead::choose_decay(LogisticLoss& loss, HeadFit& fit) {
  const CrossValidation found = cross_validate(loss, recipe_.seed, [&](const CrossValidation& so_far) {
    const auto last = so_far.points.empty() ? CrossValidation::Point{} : so_far.points.back();
    tell(so_far.points.size(), last.loss, last.accuracy);
  });
  const CrossValidation::Point& best = found.points[found.best];
  fit.folds = found.folds;
  fit.cross_validated_loss = best.loss;
  fit.cross_validated_top1 = best.accuracy;
  return best.decay;
}

void ConvexHead::tell(size_t decays_done, double loss, double accuracy) const {
  if (!progress_) return;
  Progress progress = progress_of(static_cast<int64_t>(decays_done));
  progress.loss = loss;
  progress.accuracy = accuracy;
  if (!progress_(progress)) fail(ErrorCode::cancelled, "stopped while the head was solved");
}

// A step is a decay that was tried; the last is the solution itself.
Progress ConvexHead::progress_of(int64_t step) const {
  Progress progress;
  progress.stage = name_;
  progress.epoch = progress.epochs = 1;
  progress.step = step;
  progress.steps = recipe_.choose_decay ? decay_count + 1 : 1;
  if (step > 0) progress.seconds_left = (now() - began_) * static_cast<double>(progress.steps - step) / step;
  return progress;
}

Weights ConvexHead::weights_of(const LinearHead& head) const {
  Weights weights;
  const Node& node = model_.graph[model_.head_node()];
  for (const ParameterSpec& spec : head_.parameters()) {
    std::vector<float> values(spec.shape.count());
    unpack_parameter(spec, (spec.role == ParameterRole::bias ? head.bias : head.weight).data(),
                     values.data());
    weights[parameter_name(node, spec)] = HostTensor::from(spec.shape, std::move(values));
  }
  return weights;
}

EvaluateResult ConvexHead::evaluate(const Weights& head, BatchSource& held_out) const {
  ModelData solved = model_;
  for (const auto& [name, tensor] : head) solved.weights[name] = tensor;
  Session session(device_, solved.graph, solved.weights, options_);
  return evaluate_source(session, solved, held_out);
}

}  // namespace graft
