#pragma once

#include <optional>

#include "transfer/graphs/onnx/network.h"

namespace graft {

// What later opsets moved from an attribute to a constant input; nothing where the node has neither.
std::optional<std::vector<int64_t>> given_integers(const OnnxNetwork& net, const OnnxNode& node,
                                                   std::string_view attribute, int input);
std::optional<double> given_number(const OnnxNetwork& net, const OnnxNode& node, std::string_view attribute,
                                   int input);

// Reshape's sizes, 0 (as before) and -1 (what is left) resolved.
std::vector<int64_t> reshaped_sizes(const std::vector<int64_t>& from, const std::vector<int64_t>& wanted,
                                    bool allow_zero);
std::vector<int64_t> squeezed_sizes(const std::vector<int64_t>& from,
                                    const std::optional<std::vector<int64_t>>& axes);
std::vector<int64_t> unsqueezed_sizes(const std::vector<int64_t>& from, const std::vector<int64_t>& axes);

// A tensor's new sizes as Reshape, Flatten, Squeeze or Unsqueeze says; nothing for other operations.
std::optional<std::vector<int64_t>> sizes_after(const OnnxNetwork& net, const OnnxNode& node,
                                                const std::vector<int64_t>& from);

// Of Slice along one axis: elements first, first + step, ... `count` of them.
struct OnnxRange {
  int64_t axis, first, count, step;
};
std::vector<OnnxRange> sliced_ranges(const OnnxNetwork& net, const OnnxNode& node,
                                     const std::vector<int64_t>& from);

}  // namespace graft
