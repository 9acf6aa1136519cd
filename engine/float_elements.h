#pragma once

#include <cstdint>

#include "engine/dtype.h"

namespace graft {

// Between floats and a tensor's elements in host memory, of float32, bfloat16 (rounded to nearest, ties to
// even) or float64. Error{call} for other types.
void from_floats(const float* from, int64_t count, DType type, void* to);
void to_floats(const void* from, int64_t count, DType type, float* to);

}  // namespace graft
