#pragma once

#include "transfer/graphs/onnx/constant.h"

namespace graft {

// How many elements a computed constant may have that is no mere view of one in the file.
constexpr int64_t most_computed_elements = 1 << 16;

// result[i] = x[from[i]]: any choice of a constant's elements.
OnnxConstant chosen(const OnnxConstant& x, std::vector<int64_t> dims, const std::vector<int64_t>& from);
OnnxConstant reshaped(OnnxConstant x, std::vector<int64_t> dims);
OnnxConstant transposed(const OnnxConstant& x, const std::vector<int64_t>& order);
// An index counted from the end where negative; Error{format} outside.
int64_t index_within(int64_t index, int64_t size);
OnnxConstant joined(const std::vector<const OnnxConstant*>& parts, int64_t axis);
// Of all indices along an axis, those given.
OnnxConstant gathered(const OnnxConstant& x, int64_t axis, const std::vector<int64_t>& indices);

// Add, Sub, Mul, Div with broadcasting; whole numbers stay whole. Error{format} for a division by 0.
OnnxConstant arithmetic(std::string_view op, const OnnxConstant& a, const OnnxConstant& b);

}  // namespace graft
