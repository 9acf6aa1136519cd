#pragma once

#include "kernels/elementwise/multiply.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

// Pixels are summed in slices, so that few pictures of few channels still fill the device; where they begin
// depends on the sizes alone.
struct PixelSlices {
  explicit PixelSlices(const MultiplyProblem& problem);
  int64_t count, pixels_per_slice;
};

size_t multiply_backward_simt_scratch(const MultiplyProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void multiply_forward_simt(const MultiplyProblem&, const MultiplyForward::Args&,
                                                 const RunContext&);
                      void multiply_backward_simt(const MultiplyProblem&, const MultiplyBackward::Args&,
                                                  const RunContext&);)
