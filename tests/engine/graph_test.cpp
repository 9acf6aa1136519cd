#include <doctest/doctest.h>

#include <algorithm>

#include "engine/memory_plan.h"
#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/batch_norm_fold/batch_norm_fold.h"
#include "kernels/conv/conv.h"
#include "layers/lowering/lower.h"
#include "support/small_network.h"
#include "transfer/features/cut.h"
#include "transfer/model/freeze.h"
#include "transfer/model/head.h"
#include "transfer/model/recognise.h"
#include "transfer/training/session.h"

namespace graft {
namespace {

std::vector<std::string> names(const Graph& graph, const std::vector<NodeId>& nodes) {
  std::vector<std::string> list;
  for (NodeId id : nodes) list.push_back(graph[id].name);
  return list;
}

TEST_CASE("graph: two layers of one name, or one that reads what comes later, are refused") {
  Graph graph = test::small_network();
  CHECK_THROWS_AS(graph.add("conv1", graph[1].layer, {0}), Error);
  CHECK_THROWS_AS(graph.add("new", graph[1].layer, {99}), Error);
}

TEST_CASE("graph: a size that does not fit names the layer") {
  const Graph graph = test::small_network();
  CHECK_THROWS_WITH_AS(graph.shapes({1, 8, 8, 4}), doctest::Contains("reads N,H,W,3"), Error);
  CHECK_THROWS_WITH_AS(graph.shapes({1, 1, 1, 3}), doctest::Contains("layer 'conv1'"), Error);
}

TEST_CASE("freezing: the cut is what the trained part reads of the frozen one") {
  Graph graph = test::small_network();
  CHECK(cut_of(graph).empty());  // all trains
  for (NodeId id = 1; id < graph.size(); ++id) graph.set_trainable(id, graph[id].name == "fc");
  CHECK(names(graph, cut_of(graph)) ==
        std::vector<std::string>{"flatten"});  // dropout belongs to the trained part
  graph.set_trainable(graph.find("conv2"), true);
  CHECK(names(graph, cut_of(graph)) ==
        std::vector<std::string>{"relu1"});  // read by conv2 and by the residual
}

TEST_CASE("freezing: dropout in front of a frozen layer is off") {
  Graph graph = test::small_network();
  for (NodeId id = 1; id < graph.size(); ++id) graph.set_trainable(id, false);
  const std::vector<bool> prefix = frozen_prefix(graph);
  CHECK(prefix[graph.find("dropout")]);  // fc, behind it, is frozen too
}

int count_steps(const Plan& plan, std::string_view op) {
  int count = 0;
  for (const auto& step : plan.steps()) count += step->op() == op;
  return count;
}

// The plan of a training step of the small network in which the layers named train.
class TrainingPlan {
 public:
  explicit TrainingPlan(std::initializer_list<std::string_view> trained,
                        BatchNormMode mode = BatchNormMode::frozen)
      : graph_(test::small_network()),
        weights_(test::random_weights(graph_, 1)),
        device_(open_device("float64")) {
    for (NodeId id = 1; id < graph_.size(); ++id)
      graph_.set_trainable(id, std::ranges::find(trained, graph_[id].name) != trained.end());
    parameters_ = std::make_unique<Parameters>(*device_, graph_, weights_, moving_statistics(graph_, mode), 1,
                                               DType::float64);
    LowerRequest request;
    request.from = {0};
    request.shapes = {{4, 16, 16, 3}};
    request.to = {graph_.output()};
    request.training = true;
    request.batch_norm = mode;
    request.dtype = DType::float64;
    request.loss = LossSettings{};
    plan_ = lower(graph_, weights_, parameters_.get(), request);
  }

  const Plan& plan() const { return *plan_; }
  const Parameters& parameters() const { return *parameters_; }
  int count(std::string_view op) const { return count_steps(*plan_, op); }

  template <class Op>
  typename Op::Problem problem(std::string_view layer) const {
    for (const auto& step : plan_->steps())
      if (const auto* found = dynamic_cast<const OpStep<Op>*>(step.get()); found && found->layer() == layer)
        return found->problem();
    FAIL("layer ", std::string(layer), " has no step ", std::string(Op::name));
    return {};
  }

 private:
  Graph graph_;
  Weights weights_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Parameters> parameters_;
  std::unique_ptr<Plan> plan_;
};

TEST_CASE(
    "lowering: a frozen prefix folds batch norms, fuses additions and activations, and has no backward "
    "pass") {
  const TrainingPlan head({"fc"});
  CHECK(head.count("batch_norm_forward") == 0);
  CHECK(head.count("add") == 0);
  CHECK(head.count("activation_forward") == 0);
  CHECK(head.count("conv_backward_data") == 0);
  CHECK(head.count("conv_backward_weights") == 0);
  CHECK(head.count("dense_backward_weights") == 1);
  CHECK(head.count("dense_backward_data") == 0);
  CHECK(head.parameters().trainable().size() == 2);
}

TEST_CASE("lowering: a frozen layer behind a trainable one has the gradient of its input alone") {
  const TrainingPlan first({"conv1"});
  CHECK(first.count("conv_backward_weights") == 1);
  CHECK(first.problem<ConvBackwardWeights>("conv1").k == 8);
  CHECK(first.count("conv_backward_data") == 1);
  CHECK(first.problem<ConvBackwardData>("conv2").constant_weights);
  CHECK(first.count("dense_backward_data") == 1);
  CHECK(first.count("dense_backward_weights") == 0);
  CHECK_FALSE(first.problem<BatchNormFoldBackward>("bn1").wants_dscale);
  CHECK(first.count("batch_norm_fold_forward") == 1);  // bn2 and conv2 are one constant
  CHECK(first.parameters().trainable().size() == 1);
}

TEST_CASE("lowering: the batch's statistics are formed where a batch norm's own move, and nowhere else") {
  const TrainingPlan frozen({"conv1", "conv2", "fc"}, BatchNormMode::train);
  CHECK(frozen.count("batch_norm_forward") == 0);
  for (const char* layer : {"bn1", "bn2"})
    CHECK_FALSE(frozen.problem<BatchNormFoldBackward>(layer).wants_dscale);
  const TrainingPlan running({"conv1", "bn1", "conv2", "bn2", "fc"});
  CHECK(running.count("batch_norm_forward") == 0);
  for (const char* layer : {"bn1", "bn2"}) CHECK(running.problem<BatchNormFoldBackward>(layer).wants_dscale);
  const TrainingPlan moving({"conv1", "conv2", "bn2", "fc"}, BatchNormMode::train);
  CHECK(moving.count("batch_norm_forward") == 1);
  CHECK(moving.problem<BatchNormForward>("bn2").batch_statistics);
}

TEST_CASE("lowering: of an activation that only its own gradient reads, a byte is kept") {
  // relu1 is read by conv2 as well, relu2 by the pooling alone.
  const TrainingPlan all({"conv1", "bn1", "conv2", "bn2", "fc"});
  CHECK(all.count("activation_mask") == 1);
  CHECK(all.problem<ActivationBackward>("conv2").masked);
  CHECK_FALSE(all.problem<ActivationBackward>("conv1").masked);
  CHECK(TrainingPlan({"fc"}).count("activation_mask") == 0);
}

TEST_CASE("lowering: what is frozen saves nothing, and its activations share memory") {
  ModelData model = describe(find_architecture("mobilenet_v2"), 10);
  initialise_from_scratch(model, 1);
  const auto device = open_device("cpu", {.threads = 1});
  size_t arena = 0, saved = 0;  // of the freeze point before
  for (const char* trained : {"head", "last:3", "all"}) {
    CAPTURE(std::string(trained));
    freeze_all_but(model, trained);
    const Session session(*device, model.graph, model.weights, SessionTraining{},
                          [](const Parameters::Slice&) { return SliceSettings{}; });
    const auto plan = session.plan(session.training_request({0}, {{8, 64, 64, 3}}));
    const MemoryPlan memory = plan_memory(*plan);
    size_t sum = 0;
    for (ValueId id = 0; id < plan->value_count(); ++id) {
      const Value& value = plan->value(id);
      if (value.storage == Storage::activation && value.part_of == no_value)
        sum += static_cast<size_t>(value.shape.count()) * size_of(value.dtype);
    }
    CHECK(memory.arena_bytes * 2 < sum);
    CHECK(memory.arena_bytes >= arena);
    CHECK(memory.saved_bytes > 2 * saved);
    arena = memory.arena_bytes, saved = memory.saved_bytes;
  }
}

}  // namespace
}  // namespace graft
