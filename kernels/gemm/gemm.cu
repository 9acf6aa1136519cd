#include "kernels/gemm/gemm_kernel.h"

namespace graft::GRAFT_TARGET {

template void gemm<Math::fp32>(const GemmShape&, const float*, const float*, const Result<float>&,
                               const EpilogueOf<float>&, const RunContext&);

}  // namespace graft::GRAFT_TARGET
