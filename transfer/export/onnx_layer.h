#pragma once

#include <map>

#include "transfer/export/onnx_writer.h"

namespace graft {

// A layer that is being written as ONNX's nodes: what its type's function works with.
struct OnnxLayer {
  OnnxLayer(OnnxWriter& writer, NodeId node);

  OnnxWriter& out;
  NodeId id;
  const std::string& name;          // of the layer, and of the tensor that it computes
  std::vector<std::string> inputs;  // tensors
  Shape x;                          // of the first input, N,H,W,C or N,C

  bool has(const std::string& attribute) const { return attributes_.contains(attribute); }
  int64_t integer(const std::string& attribute) const;
  double real(const std::string& attribute) const;
  int64_t channels() const { return x[x.rank() - 1]; }
  // Of one number a channel, so that ONNX broadcasts it.
  Shape by_channel() const { return x.rank() == 2 ? Shape{channels()} : Shape{channels(), 1, 1}; }

  OnnxNodeWriter add(const char* op, std::vector<std::string> from) const { return out.add(op, from, name); }
  // A tensor on the way to the layer's own.
  std::string step(const char* op, const std::vector<std::string>& from, const char* ending) const;

 private:
  std::map<std::string, Attribute> attributes_;
};

using OnnxLayerWriter = void (*)(const OnnxLayer& layer);
struct OnnxLayerEntry {
  std::string_view type;
  OnnxLayerWriter write;
};

// Convolutions, dense layers, pools, norms; and what works on each pixel or on the order of channels.
std::span<const OnnxLayerEntry> onnx_layers_with_windows();
std::span<const OnnxLayerEntry> onnx_layers_of_pixels();

}  // namespace graft
