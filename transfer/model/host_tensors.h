#pragma once

#include <string>
#include <vector>

#include "engine/weights.h"
#include "transfer/weights/tensor_file.h"

namespace graft {

// The tensor as float32 host memory; points into the file's mapping where it can be used as it lies.
HostTensor host_tensor(const TensorFile& file, const NamedTensor& tensor);

// Between weights and files that hold several sets of them under prefixes. The tensors point into `weights`.
std::vector<NamedTensor> named_tensors(const Weights& weights, const std::string& prefix = "");
Weights weights_from(const TensorFile& file, const std::string& prefix);

}  // namespace graft
