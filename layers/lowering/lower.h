#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/lowering.h"
#include "kernels/optimizer/optimizer.h"

namespace graft {

enum class BatchNormMode : uint8_t {
  frozen,  // running statistics everywhere; they never move
  train,   // the batch's where the layer trains, running elsewhere
};

struct LossSettings {
  double label_smoothing = 0;
  std::vector<float> class_weights;  // empty: all 1
};

struct UpdateSettings {
  enum class Rule : uint8_t { sgd, adamw } rule = Rule::sgd;
  double momentum = 0.9;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm = 0;      // 0: off
  double average_decay = 0;  // of the parameters' moving average; 0: there is none
  std::vector<OptimizerSegment> segments;
};

// Values that are kept for each parameter: the rule's and, behind them, the average.
constexpr int average_slot(const UpdateSettings& s) { return s.rule == UpdateSettings::Rule::adamw ? 2 : 1; }
constexpr int slot_count(const UpdateSettings& s) { return average_slot(s) + (s.average_decay > 0 ? 1 : 0); }

// Which part of the graph, for what.
struct LowerRequest {
  std::vector<NodeId> from;   // nodes whose outputs are given
  std::vector<Shape> shapes;  // of those outputs, in that order
  std::vector<NodeId> to;     // nodes whose outputs are wanted; with a loss, the last is the logits
  bool training = false;      // dropout and (in mode train) batch statistics are on outside the frozen prefix
  BatchNormMode batch_norm = BatchNormMode::frozen;
  std::optional<LossSettings> loss;      // adds the loss and the backward pass
  std::optional<UpdateSettings> update;  // adds the optimizer
  DType dtype = DType::float32;          // of parameters, and of activations unless math is bf16
  Math math = Math::fp32;
};

// By node: whether its running statistics move. Empty conditions: mode train, the layer trains, it has
// statistics.
std::vector<bool> moving_statistics(const Graph& graph, BatchNormMode mode);

// The graph's part as one straight line of steps. `parameters` (may be null: nothing trains) and `weights`
// must outlive it.
std::unique_ptr<Plan> lower(const Graph& graph, const Weights& weights, const Parameters* parameters,
                            const LowerRequest& request);

}  // namespace graft
