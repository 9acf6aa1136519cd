#include "kernels/gemm/gemm_kernel.h"

namespace graft::GRAFT_TARGET {

template void gemm<Math::bf16>(const GemmShape&, const bfloat16*, const bfloat16*, const Result<bfloat16>&,
                               const EpilogueOf<bfloat16>&, const RunContext&);

}  // namespace graft::GRAFT_TARGET
