#pragma once

#include <cstddef>
#include <vector>

#include "engine/dtype.h"

namespace graft::bench {

// Numbers as a tensor of float32 or bfloat16 holds them, and back.
std::vector<std::byte> to_bytes(const std::vector<float>& values, DType type);
std::vector<float> to_floats(const std::vector<std::byte>& bytes, DType type);
// An exact result, rounded once where it is stored in 16 bits.
double as_stored(double value, DType type);

}  // namespace graft::bench
