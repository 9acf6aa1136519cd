#include "layers/lowering/forward.h"

#include "layers/lowering/micro_batches.h"

namespace graft {

namespace {

class ForwardPass {
 public:
  ForwardPass(const Graph& graph, Lowering& lowering, const LowerRequest& request, CallList& list,
              const std::vector<Shape>& shapes)
      : graph_(graph),
        lowering_(lowering),
        request_(request),
        list_(list),
        shapes_(shapes),
        values_(shapes.size(), no_value) {}

  std::vector<ValueId> emit() {
    for (NodeId id : request_.from) {
      values_[id] = activation(id, shapes_[id]);
      plan().value(values_[id]).kept = true;
      plan().inputs.push_back(values_[id]);
    }
    const Stretch stretch = choose_stretch(list_, lowering_, request_, shapes_);
    if (!stretch.empty()) emit(stretch);
    for (size_t i = stretch.calls; i < list_.calls.size(); ++i) {
      LayerCall& call = list_.calls[i];
      call.output = values_[call.result] = activation(call.result, shapes_[call.result]);
      emit(call, values_);
    }
    return values_;
  }

 private:
  Plan& plan() { return lowering_.plan; }
  ValueId activation(NodeId node, const Shape& shape) {
    return lowering_.activation(graph_[node].name, shape);
  }

  // What is read and written outside has a value for the batch, and one for the images of a turn.
  void emit(const Stretch& stretch) {
    plan().micro_batches = {request_.shapes[0][0], stretch.images};
    const std::vector<bool> crossing = crossing_values(list_, request_, stretch.calls);
    std::vector<ValueId> of_turn(values_.size(), no_value);
    for (NodeId id : request_.from) of_turn[id] = plan().turn_of(values_[id], stretch.images);
    const size_t first = plan().steps().size();
    for (int i = 0; i < stretch.calls; ++i) {
      LayerCall& call = list_.calls[i];
      Shape shape = shapes_[call.result];
      if (crossing[call.result]) {
        values_[call.result] = activation(call.result, shape);
        call.output = plan().turn_of(values_[call.result], stretch.images);
      } else {
        shape[0] = stretch.images;
        call.output = activation(call.result, shape);
      }
      of_turn[call.result] = call.output;
      emit(call, of_turn);
    }
    for (size_t i = first; i < plan().steps().size(); ++i) plan().steps()[i]->set_in_turns(true);
  }

  void emit(LayerCall& call, const std::vector<ValueId>& values) {
    for (NodeId source : call.sources) {
      call.inputs.push_back(values[source]);
      call.wants_input_gradient.push_back(list_.needs_gradient[source]);
    }
    call.input_gradients.resize(call.inputs.size(), no_value);
    call.node->layer->forward(lowering_, call);
  }

  const Graph& graph_;
  Lowering& lowering_;
  const LowerRequest& request_;
  CallList& list_;
  const std::vector<Shape>& shapes_;
  std::vector<ValueId> values_;  // by node: of the whole batch
};

}  // namespace

std::vector<ValueId> emit_forward(const Graph& graph, Lowering& lowering, const LowerRequest& request,
                                  CallList& list, const std::vector<Shape>& shapes) {
  return ForwardPass(graph, lowering, request, list, shapes).emit();
}

}  // namespace graft
