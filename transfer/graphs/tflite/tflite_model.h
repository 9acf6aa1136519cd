#pragma once

#include <optional>
#include <vector>

#include "engine/weights.h"
#include "transfer/graphs/tflite/tflite_schema_generated.h"
#include "transfer/weights/bytes.h"

namespace graft {

// As TensorFlow Lite numbers them.
enum class TfliteOp : int {
  add = 0,
  average_pool_2d = 1,
  concatenation = 2,
  conv_2d = 3,
  depthwise_conv_2d = 4,
  dequantize = 6,
  fully_connected = 9,
  logistic = 14,
  max_pool_2d = 17,
  mul = 18,
  relu = 19,
  relu6 = 21,
  reshape = 22,
  softmax = 25,
  pad = 34,
  batch_to_space_nd = 37,
  space_to_batch_nd = 38,
  transpose = 39,
  mean = 40,
  squeeze = 43,
  prelu = 54,
  resize_nearest_neighbor = 97,
  leaky_relu = 98,
  quantize = 114,
  hard_swish = 117,
  gelu = 150,
};

struct TfliteTensor {
  std::string_view name;
  std::vector<int64_t> shape;
  int type = 0;                     // TensorType
  std::span<const std::byte> data;  // of a constant
  // Of quantised numbers: value (number - zero), for all or for each index of `axis`.
  std::vector<float> scale;
  std::vector<int64_t> zero;
  int axis = 0;

  bool quantised() const { return !scale.empty() && type != float_type; }
  static constexpr int float_type = 0;
};

struct TfliteNode {
  TfliteOp op;
  std::vector<int> inputs, outputs;  // tensors; -1 for an input left away
  const tflite::Operator* record;    // for its options
};

// A file's first subgraph. Everything has been verified: what offsets lead to, the indices of tensors and
// buffers, that nodes come behind what they read. Error{format} where it is not so.
class TfliteModel {
 public:
  explicit TfliteModel(const FileBytes& file);

  const FileBytes& file() const { return file_; }
  std::string_view name() const { return name_; }
  const std::vector<TfliteTensor>& tensors() const { return tensors_; }
  const std::vector<TfliteNode>& nodes() const { return nodes_; }
  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }

  // A constant's values as float32: of float16 and quantised numbers what they stand for.
  HostTensor values(int tensor);
  // Of int32 or int64 constants; empty where it is none.
  std::vector<int64_t> integers(int tensor) const;

 private:
  void read_tensors(const tflite::Model& model, const tflite::SubGraph& graph);
  void read_nodes(const tflite::Model& model, const tflite::SubGraph& graph);

  FileBytes file_;
  std::string_view name_;
  std::vector<TfliteTensor> tensors_;
  std::vector<TfliteNode> nodes_;
  std::vector<int> inputs_, outputs_;
  uint64_t values_left_;  // that the file's size justifies
};

}  // namespace graft
