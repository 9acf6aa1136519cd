#pragma once

#include "transfer/weights/tensor_file.h"

namespace graft {

// A folder of .npy files, in folders of any depth: "layer1/0/conv1.weight.npy" and
// "layer1/0/conv1/weight.npy" are both named "layer1.0.conv1.weight". Hidden files are passed over; any other
// file is Error{format}.
TensorFile read_npy_folder(const std::filesystem::path& folder);

}  // namespace graft
