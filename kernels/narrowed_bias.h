#pragma once

#include "engine/memory_plan.h"
#include "kernels/elementwise/cast_kernels.h"

namespace graft {

// graft's biases are float32 always; the vendor's libraries take them in the type of the operands beside
// them.
class NarrowedBias {
 public:
  NarrowedBias(bool bias, int64_t count, DType dtype)
      : cast_{bias && dtype != DType::float32 ? count : 0, DType::float32, dtype} {}

  // Of a library that itself wants the first `before` bytes of the scratch.
  size_t scratch_bytes(size_t before) const {
    return aligned_bytes(before) + static_cast<size_t>(cast_.count) * size_of(cast_.to);
  }

  // The bias itself, or its copy behind those bytes.
  const void* of(const TensorView& bias, size_t before, const RunContext& context) const {
    if (cast_.count == 0) return bias.data;
    void* copy = static_cast<std::byte*>(context.scratch) + aligned_bytes(before);
    cuda::cast_simt(cast_, {bias, view_of(copy, bias.shape, cast_.to)}, context);
    return copy;
  }

 private:
  CastProblem cast_;
};

}  // namespace graft
