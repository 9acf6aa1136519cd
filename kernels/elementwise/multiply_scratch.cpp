#include <algorithm>

#include "kernels/elementwise/multiply_kernels.h"

namespace graft {

// About 512 blocks in all, and at least 64 pixels in each.
PixelSlices::PixelSlices(const MultiplyProblem& p) {
  const int64_t blocks = std::max<int64_t>(1, p.n * ((p.c + 31) / 32));
  count = std::clamp<int64_t>(512 / blocks, 1, std::max<int64_t>(1, p.pixels / 64));
  pixels_per_slice = (p.pixels + count - 1) / count;
}

size_t multiply_backward_simt_scratch(const MultiplyProblem& p) {
  if (!p.broadcast || !p.wants_db) return 0;
  return static_cast<size_t>(PixelSlices(p).count * p.n * p.c) * sizeof(float);
}

}  // namespace graft
