#pragma once

#include <string>
#include <vector>

#include "graphs/graph_run.h"
#include "transfer/graphs/file_graph.h"
#include "transfer/graphs/onnx/onnx.pb.h"
#include "transfer/graphs/source_file.h"

namespace graft::test {

// A small ONNX network, written node by node.
class OnnxSample {
 public:
  explicit OnnxSample(const std::vector<int64_t>& input = {1, 3, 6, 6}, int64_t opset = 17);

  struct Attributes {
    std::vector<std::pair<std::string, std::vector<int64_t>>> integers =
        {};  // one number is an int, more are ints
    std::vector<std::pair<std::string, float>> reals = {};
    std::vector<std::pair<std::string, std::string>> texts = {};
    std::vector<std::string> lists = {};  // integers that are a list though they are one number
  };
  // The output has the node's name.
  std::string add(const std::string& op, const std::vector<std::string>& inputs, const std::string& name);
  std::string add(const std::string& op, const std::vector<std::string>& inputs, const std::string& name,
                  const Attributes& attributes);
  std::string floats(const std::string& name, const std::vector<int64_t>& dims,
                     const std::vector<float>& values);
  std::string integers(const std::string& name, const std::vector<int64_t>& values);
  // Values from -0.5 to 0.5 by the tensor's name.
  std::string random(const std::string& name, const std::vector<int64_t>& dims);

  std::string bytes(const std::vector<std::string>& outputs) const;
  FileGraph read(const std::vector<std::string>& outputs, const SourceOptions& options = {}) const;
  // What the reader says against it; empty where it reads it.
  std::string refusal(const std::vector<std::string>& outputs, const SourceOptions& options = {}) const;

  onnx_file::Model model;
};

FileGraph read_onnx_bytes(const std::string& bytes, const SourceOptions& options = {});

// Layer types from the first to the last.
std::vector<std::string> types_of(const Graph& graph);

}  // namespace graft::test
