#include "layers/lowering/lower.h"

#include <algorithm>

#include "engine/check.h"
#include "layers/lowering/backward.h"
#include "layers/lowering/concat_slices.h"
#include "layers/lowering/keep_masks.h"
#include "layers/lowering/rules.h"
#include "layers/lowering/training_steps.h"

namespace graft {

namespace {

// The nodes between `from` and `to`.
std::vector<bool> part_of(const Graph& graph, const LowerRequest& request) {
  std::vector<bool> given(graph.size(), false), wanted(graph.size(), false);
  for (NodeId id : request.from) given[id] = true;
  for (NodeId id : request.to) wanted[id] = !given[id];
  for (NodeId id = graph.size() - 1; id > 0; --id)
    if (wanted[id])
      for (NodeId input : graph[id].inputs) wanted[input] = wanted[input] || !given[input];
  GRAFT_CHECK(!wanted[graph.input()], call,
              "the plan's outputs need the network's input, which is not among those given");
  return wanted;
}

CallList calls_of(const Graph& graph, const LowerRequest& request) {
  const std::vector<bool> part = part_of(graph, request);
  const std::vector<bool> prefix = frozen_prefix(graph);
  const std::vector<bool> moving = moving_statistics(graph, request.batch_norm);
  CallList list;
  list.readers.resize(graph.size(), 0);
  for (NodeId id : request.to) ++list.readers[id];
  for (NodeId id = 1; id < graph.size(); ++id) {
    if (!part[id]) continue;
    LayerCall call;
    call.node = &graph[id];
    call.result = id;
    call.sources = graph[id].inputs;
    call.inference = !request.training || prefix[id];
    call.batch_statistics = request.training && moving[id];
    for (NodeId source : call.sources) ++list.readers[source];
    list.calls.push_back(std::move(call));
  }
  return list;
}

std::vector<Shape> shapes_of(const Graph& graph, const LowerRequest& request, const CallList& list) {
  std::vector<Shape> shapes(graph.size());
  for (size_t i = 0; i < request.from.size(); ++i) shapes[request.from[i]] = request.shapes[i];
  for (const LayerCall& call : list.calls) {
    std::vector<Shape> inputs;
    for (NodeId source : call.sources) inputs.push_back(shapes[source]);
    try {
      shapes[call.result] = call.node->layer->output_shape(inputs);
    } catch (const Error& error) {
      fail(error.code(), "layer '", call.node->name, "': ", error.what());
    }
  }
  return shapes;
}

// By node: whether a gradient must reach its output.
std::vector<bool> needs_gradient(const Graph& graph, const LowerRequest& request, const Lowering& lowering,
                                 const CallList& unfused) {
  std::vector<bool> needs(graph.size(), false);
  if (!request.loss) return needs;
  for (const LayerCall& call : unfused.calls) {
    for (const ParameterSpec& spec : call.node->layer->parameters())
      if (!is_statistic(spec.role) && !lowering.is_constant(*call.node, spec.name)) needs[call.result] = true;
    for (NodeId source : call.sources) needs[call.result] = needs[call.result] || needs[source];
  }
  return needs;
}

}  // namespace

std::vector<bool> moving_statistics(const Graph& graph, BatchNormMode mode) {
  std::vector<bool> moving(graph.size(), false);
  if (mode == BatchNormMode::frozen) return moving;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters())
      if (is_statistic(spec.role)) moving[id] = graph[id].trainable;
  return moving;
}

std::unique_ptr<Plan> lower(const Graph& graph, const Weights& weights, const Parameters* parameters,
                            const LowerRequest& request) {
  auto plan = lower_with_copies(graph, weights, parameters, request);
  // In bfloat16 it is not known yet which steps will be widened.
  if (request.math != Math::bf16) share_slices(*plan);
  return plan;
}

std::unique_ptr<Plan> lower_with_copies(const Graph& graph, const Weights& weights,
                                        const Parameters* parameters, const LowerRequest& request) {
  GRAFT_CHECK(request.from.size() == request.shapes.size() && !request.to.empty(), call,
              "a plan needs the shape of every input and at least one output");
  auto plan = std::make_unique<Plan>();
  Lowering lowering(*plan, weights, parameters, request.dtype, request.math);
  CallList list = calls_of(graph, request);
  const std::vector<Shape> shapes = shapes_of(graph, request, list);
  const std::vector<bool>& needs = list.needs_gradient = needs_gradient(graph, request, lowering, list);
  for (LoweringRule rule : lowering_rules()) rule(list, lowering);

  std::vector<ValueId> values(graph.size(), no_value);
  for (NodeId id : request.from) {
    values[id] = lowering.activation(graph[id].name, shapes[id]);
    plan->value(values[id]).kept = true;
    plan->inputs.push_back(values[id]);
  }
  for (LayerCall& call : list.calls) {
    for (NodeId source : call.sources) {
      call.inputs.push_back(values[source]);
      call.wants_input_gradient.push_back(needs[source]);
    }
    call.input_gradients.resize(call.inputs.size(), no_value);
    call.output = values[call.result] = lowering.activation(graph[call.result].name, shapes[call.result]);
    call.node->layer->forward(lowering, call);
  }
  for (NodeId id : request.to) {
    plan->value(values[id]).kept = true;
    plan->outputs.push_back(values[id]);
  }
  if (request.loss) {
    const ValueId gradient =
        emit_loss(lowering, values[request.to.back()], *request.loss, needs[request.to.back()]);
    emit_backward(lowering, list.calls, request.to.back(), gradient, needs);
  }
  keep_masks(*plan);
  if (request.update && parameters && parameters->trainable_count() > 0)
    emit_update(lowering, *parameters, *request.update);
  return plan;
}

}  // namespace graft
