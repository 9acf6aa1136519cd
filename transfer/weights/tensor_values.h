#pragma once

#include <span>
#include <vector>

#include "transfer/weights/tensor_file.h"

namespace graft {

// The tensor's values in row-major order, from any dtype, layout and alignment. Integers and float64 are
// rounded to the nearest float32.
std::vector<float> to_float32(const NamedTensor& tensor);

// The same without a copy where the file already holds aligned, row-major float32; else through storage.
// The span lives as long as the tensor's file and storage do.
std::span<const float> as_float32(const NamedTensor& tensor, std::vector<float>& storage);

// The tensor's elements in row-major order and its own dtype, without a copy where possible.
std::span<const std::byte> row_major_bytes(const NamedTensor& tensor, std::vector<std::byte>& storage);

}  // namespace graft
