#include "layers/lowering/micro_batches.h"

#include <algorithm>

#include "layers/dropout.h"
#include "layers/flatten.h"

namespace graft {

namespace {

// In inference they have no step, but show another's memory.
bool is_view(const LayerCall& call) {
  const Layer& layer = *call.node->layer;
  return dynamic_cast<const Flatten*>(&layer) || dynamic_cast<const DropoutLayer*>(&layer);
}

// take(node, spec) for each parameter of the call.
template <class Take>
void for_each_parameter(const LayerCall& call, const Take& take) {
  const auto of_node = [&](const Node& node) {
    for (const ParameterSpec& spec : node.layer->parameters()) take(node, spec);
  };
  of_node(*call.node);
  for (const FusedNode& fused : call.fused) of_node(*fused.node);
}

class Choice {
 public:
  Choice(const CallList& list, const Lowering& lowering, const LowerRequest& request,
         const std::vector<Shape>& shapes)
      : list_(list), lowering_(lowering), request_(request), shapes_(shapes) {}

  Stretch best() const {
    Stretch best;
    const int able = able_calls();
    const int64_t images = images_of(able);
    if (images == request_.shapes[0][0]) return best;
    int64_t most = 0;
    for (int calls = 1; calls <= able; ++calls)
      if (const int64_t bytes = spared(calls, images); bytes > most) {
        most = bytes;
        best = {calls, images};
      }
    return best;
  }

 private:
  int64_t image_bytes(NodeId node) const {
    const Shape& shape = shapes_[node];
    return shape.count() / shape[0] * static_cast<int64_t>(size_of(lowering_.dtype));
  }
  int64_t weight_bytes(const LayerCall& call) const {
    int64_t bytes = 0;
    for_each_parameter(call, [&](const Node&, const ParameterSpec& spec) {
      bytes += spec.shape.count() * static_cast<int64_t>(size_of(lowering_.dtype));
    });
    return bytes;
  }

  bool able(const LayerCall& call) const {
    bool able = call.inference && !call.batch_statistics && !list_.needs_gradient[call.result];
    for_each_parameter(call, [&](const Node& node, const ParameterSpec& spec) {
      able = able && lowering_.is_constant(node, spec.name);
    });
    return able;
  }
  int able_calls() const {
    return static_cast<int>(
        std::ranges::find_if_not(list_.calls, [&](const auto& call) { return able(call); }) -
        list_.calls.begin());
  }

  // Of a turn: as many as what a call reads and writes has room for, and the turns as alike as can be.
  int64_t images_of(int calls) const {
    int64_t most = 1;
    for (int i = 0; i < calls; ++i) {
      const LayerCall& call = list_.calls[i];
      int64_t bytes = image_bytes(call.result);
      for (NodeId source : call.sources) bytes += image_bytes(source);
      most = std::max(most, bytes);
    }
    const int64_t batch = request_.shapes[0][0];
    const int64_t room = std::max<int64_t>(static_cast<int64_t>(request_.cache_bytes) / most, 1);
    const int64_t turns = (batch + room - 1) / room;
    return (batch + turns - 1) / turns;
  }

  // Traffic with memory, in bytes a turn; 0 where a view would cross.
  int64_t spared(int calls, int64_t images) const {
    const std::vector<bool> crossing = crossing_values(list_, request_, calls);
    std::vector<bool> inside(shapes_.size(), false);
    int64_t bytes = 0;
    for (int i = 0; i < calls; ++i) {
      const LayerCall& call = list_.calls[i];
      if (crossing[call.result] && is_view(call)) return 0;
      for (NodeId source : call.sources) bytes += inside[source] ? images * image_bytes(source) : 0;
      bytes += crossing[call.result] ? 0 : images * image_bytes(call.result);
      bytes -= weight_bytes(call);
      inside[call.result] = true;
    }
    return bytes;
  }

  const CallList& list_;
  const Lowering& lowering_;
  const LowerRequest& request_;
  const std::vector<Shape>& shapes_;
};

}  // namespace

std::vector<bool> crossing_values(const CallList& list, const LowerRequest& request, int calls) {
  std::vector<bool> inside(list.needs_gradient.size(), false), crossing(inside);
  for (int i = 0; i < calls; ++i) inside[list.calls[i].result] = true;
  for (NodeId id : request.to) crossing[id] = inside[id];
  for (size_t i = calls; i < list.calls.size(); ++i)
    for (NodeId source : list.calls[i].sources) crossing[source] = crossing[source] || inside[source];
  return crossing;
}

Stretch choose_stretch(const CallList& list, const Lowering& lowering, const LowerRequest& request,
                       const std::vector<Shape>& shapes) {
  if (request.cache_bytes == 0) return {};
  return Choice(list, lowering, request, shapes).best();
}

}  // namespace graft
