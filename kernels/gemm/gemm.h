#pragma once

#include "engine/op.h"
#include "kernels/gemm/epilogue.h"
#include "kernels/gemm/gemm_shape.h"

namespace graft::GRAFT_TARGET {

// For kernel files: y = epilogue(product) of 16-byte aligned matrices, with shape.scratch_bytes() of scratch.
template <Math math, class Element = ElementOf<math>>
void gemm(const GemmShape& shape, const Element* a, const Element* b, const Result<Element>& y,
          const EpilogueOf<Element>& epilogue, const RunContext& context);

}  // namespace graft::GRAFT_TARGET
