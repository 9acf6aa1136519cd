#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "transfer/graphs/onnx/onnx.pb.h"

namespace graft::test {

// One of ONNX's own cases for its operators: a model of few nodes, its inputs and the outputs they must give.
struct NodeCase {
  std::string name;
  onnx_file::Model model;
  std::vector<onnx_file::Tensor> inputs, outputs;

  bool only_uses(const std::vector<std::string_view>& ops) const;
};

// The folder with ONNX's cases (GRAFT_ONNX_CASES, else where Debian's libonnx-testdata puts them), or
// nothing.
std::optional<std::filesystem::path> onnx_cases();
std::vector<NodeCase> read_node_cases(const std::filesystem::path& folder);

// Brings a case into our terms: one image N,C,H,W read, everything else a constant of the file. Tensors of
// other ranks get sizes of 1, where that changes nothing; two tensors of one shape become halves of one; rows
// are flattened images. Gives back why it cannot be done, or nothing.
std::optional<std::string> adapt(NodeCase& node_case);

std::vector<int64_t> dims_of(const onnx_file::Tensor& tensor);
std::vector<float> values_of(const onnx_file::Tensor& tensor);

}  // namespace graft::test
