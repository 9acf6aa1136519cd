#pragma once

#include <optional>

#include "transfer/graphs/darknet/cfg.h"
#include "transfer/graphs/darknet/darknet_weights.h"
#include "transfer/graphs/graph_writer.h"

namespace graft {

// A section being written down: what those before it gave, and where its floats come from.
struct DarknetCall {
  const DarknetSection& section;
  int index;                           // darknet's number of the layer
  const std::vector<NodeId>& outputs;  // of the layers before it; -1 of those that have none
  NodeId x;                            // of the layer before it
  GraphWriter& net;
  DarknetWeights& weights;

  std::string name(std::string_view part) const { return text(index, ".", part); }
  const Shape& shape() const { return net.shape(x); }
  // An earlier layer by its number, or, below zero, by how far before this one it is.
  NodeId layer(int64_t number) const;
  // Fails saying that the section has no layer.
  [[noreturn]] void refuse(std::string_view why) const;
  // Notes options that none of the lists knows.
  void note_others(std::initializer_list<std::string_view> known) const;
};

// What the section gives. Errors name it, but for those of a layer's sizes.
using DarknetRule = NodeId (*)(const DarknetCall& call);

// Null for a type that graft has no layer for.
DarknetRule find_darknet_rule(std::string_view type);

// With the section's activation behind x; `otherwise` is what darknet takes where it names none.
NodeId activated(const DarknetCall& call, NodeId x, std::string_view otherwise);

namespace darknet_rules {
NodeId convolutional(const DarknetCall& call);
NodeId connected(const DarknetCall& call);
NodeId maxpool(const DarknetCall& call);
NodeId local_avgpool(const DarknetCall& call);
NodeId avgpool(const DarknetCall& call);
NodeId shortcut(const DarknetCall& call);
NodeId route(const DarknetCall& call);
NodeId dropout(const DarknetCall& call);
NodeId upsample(const DarknetCall& call);
NodeId scale_channels(const DarknetCall& call);
NodeId sam(const DarknetCall& call);
NodeId activation(const DarknetCall& call);
}  // namespace darknet_rules

}  // namespace graft
