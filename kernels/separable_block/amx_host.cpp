#include "kernels/reference.h"
#include "kernels/separable_block/amx_block_products.h"
#include "kernels/separable_block/host_block.h"
#include "kernels/separable_block/hosts.h"

namespace graft {

std::string refuse_separable_block_amx(const SeparableBlockProblem& p, const DeviceProperties& device) {
  if (const std::string reason = amx::why_unavailable(); !reason.empty()) return reason;
  if (widest_vector_bytes() != 64 || !host_vectors::rounds_to_bfloat16)
    return "this processor has no AVX-512 BF16";
  if (const std::string reason = separable_block::refuse_parts(p); !reason.empty()) return reason;
  return refuse_other_types<SeparableBlock, bfloat16>(p, device);
}

std::unique_ptr<Prepared<SeparableBlock>> prepare_separable_block_amx(const SeparableBlockProblem& problem,
                                                                      Device& device) {
  return std::make_unique<separable_block::HostBlock<separable_block::AmxProducts>>(problem, device);
}

}  // namespace graft
