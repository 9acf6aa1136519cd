#pragma once

#include <vector>

#include "engine/weights.h"
#include "transfer/graphs/onnx/onnx.pb.h"

namespace graft {

// A tensor whose values are known before the network runs: whole numbers (shapes, axes, indices) or floats.
struct OnnxConstant {
  std::vector<int64_t> dims;
  bool whole = false;
  std::vector<int64_t> integers;  // where whole
  HostTensor floats;              // else; its shape is dims
  std::string origin = {};        // the file's tensor that it is, in another shape or order

  int64_t count() const { return whole ? static_cast<int64_t>(integers.size()) : floats.count(); }
  double at(int64_t i) const { return whole ? static_cast<double>(integers[i]) : floats.data[i]; }

  static OnnxConstant of(std::vector<int64_t> dims, std::vector<int64_t> values);
  static OnnxConstant of(std::vector<int64_t> dims, std::vector<float> values);
};

// Floats as the engine holds tensors; Error{shape} where there are more than six sizes.
Shape shape_of(const std::vector<int64_t>& dims);

// The product; Error{format} where a size is negative or it is beyond 2^40.
int64_t count_of(const std::vector<int64_t>& dims);

// Of a file's tensor: float32, float16, bfloat16 and float64 become float32, the integer types int64.
// `owner` keeps the tensor alive, so that float32 is not copied. Error{format} for values in another file,
// other types, and another number of values than its sizes say.
OnnxConstant read_onnx_tensor(const onnx_file::Tensor& tensor, const std::shared_ptr<const void>& owner);

}  // namespace graft
