#include <algorithm>

#include "kernels/optimizer/optimizer_kernels.h"

namespace graft {

int64_t gradient_norm_blocks(const GradientNormProblem& p) {
  return std::clamp<int64_t>((p.count + 1023) / 1024, 1, 512);
}

size_t gradient_norm_simt_scratch(const GradientNormProblem& p) {
  return static_cast<size_t>(gradient_norm_blocks(p)) * sizeof(double);
}

}  // namespace graft
