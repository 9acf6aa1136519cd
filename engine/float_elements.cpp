#include "engine/float_elements.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/half.h"

namespace graft {

void from_floats(const float* from, int64_t count, DType type, void* to) {
  if (type == DType::float32)
    std::copy_n(from, count, static_cast<float*>(to));
  else if (type == DType::bfloat16)
    std::transform(from, from + count, static_cast<bfloat16*>(to),
                   [](float value) { return to_bfloat16(value); });
  else if (type == DType::float64)
    std::copy_n(from, count, static_cast<double*>(to));
  else
    fail(ErrorCode::call, name_of(type), " elements are not made from floats");
}

void to_floats(const void* from, int64_t count, DType type, float* to) {
  const auto* halves = static_cast<const bfloat16*>(from);
  if (type == DType::float32)
    std::copy_n(static_cast<const float*>(from), count, to);
  else if (type == DType::bfloat16)
    std::transform(halves, halves + count, to, [](bfloat16 half) { return to_float(half); });
  else if (type == DType::float64)
    std::copy_n(static_cast<const double*>(from), count, to);
  else
    fail(ErrorCode::call, name_of(type), " elements do not become floats");
}

}  // namespace graft
