#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "transfer/graphs/graph_writer.h"
#include "transfer/graphs/onnx/constant.h"
#include "transfer/graphs/onnx/node.h"
#include "transfer/graphs/onnx/value.h"

namespace graft {

// The tensors of an ONNX network while it is read, by name: constants, and values that our layers compute.
// Errors that name no file get file and node from the reader.
class OnnxNetwork {
 public:
  struct Input {
    std::string name;
    std::vector<int64_t> dims;
    OnnxValue::Layout layout;
  };
  // The nodes that read each tensor, null for the network's outputs. They outlive this.
  using Readers = std::map<std::string, std::vector<const onnx_file::Node*>, std::less<>>;

  // `most_elements`: of constants that may be computed.
  OnnxNetwork(std::string file, const Input& input, Readers readers, int64_t most_elements);

  GraphWriter& writer() { return writer_; }
  int64_t batch() const { return batch_; }

  bool is_constant(const std::string& name) const;
  bool is_known(const std::string& name) const { return tensors_.contains(name); }
  const OnnxConstant& constant(const std::string& name) const;  // Error{format} where it is none
  // Counts work against what the file's size justifies; Error{format} where that is used up.
  void spend(int64_t elements);
  void set_constant(const std::string& name, OnnxConstant constant);

  OnnxValue& value(const std::string& name);  // Error{format} where it is none
  // A value that several read is computed first.
  void set_value(const OnnxNode& node, int output, OnnxValue value);
  int readers(const std::string& name) const;
  // Whether a row becomes a map again before anything but layers of rows reads it: the gates of
  // squeeze-and-excitation, whose dense layers are 1x1 convolutions then.
  bool becomes_map(const std::string& name) const;

  // The node's input for an output that is the same tensor seen otherwise.
  OnnxValue passed(const OnnxNode& node, int input);
  // The node's input with nothing pending.
  const OnnxValue& plain(const OnnxNode& node, int input);
  // The same as [N,H,W,C], with zeros around it still pending where the caller takes care of them.
  const OnnxValue& map(const OnnxNode& node, int input, bool takes_padding = false);
  // The same as [N,C].
  OnnxValue row(const OnnxNode& node, int input);
  OnnxValue as_row(const OnnxValue& value, std::string_view name);
  void compute(OnnxValue& value, const std::string& name);

  // A layer on one value; the result has its layout.
  OnnxValue apply(const OnnxValue& x, std::string_view name, const LayerPtr& layer,
                  const std::vector<GraphWriter::Parameter>& parameters = {});
  std::vector<int64_t> dims_of(NodeId node, OnnxValue::Layout layout) const;
  // As many numbers as the value has channels, or one. Error{shape} where the constant is something else.
  std::vector<double> by_channel(const OnnxConstant& constant, const OnnxValue& value) const;

  // Of the weight's tensor NAME.weight, as PyTorch's exports have it; else of the node.
  std::string layer_name(const OnnxNode& node, int weight) const;

 private:
  void scale(OnnxValue& value, const std::string& name);

  GraphWriter writer_;
  int64_t batch_;
  Readers readers_;
  std::map<std::string, std::variant<OnnxConstant, OnnxValue>, std::less<>> tensors_;
  std::map<NodeId, NodeId> flattened_;
  int64_t elements_left_;
};

}  // namespace graft
