#include "kernels/optimizer/optimizer_kernels.h"

namespace graft {

size_t gradient_norm_simt_scratch(const GradientNormProblem&) {
  return gradient_norm_blocks * sizeof(double);
}

}  // namespace graft
