#include "kernels/reference.h"
#include "kernels/separable_block/float_block_products.h"
#include "kernels/separable_block/host_block.h"
#include "kernels/separable_block/hosts.h"

namespace graft {

std::string refuse_separable_block_avx512(const SeparableBlockProblem& p, const DeviceProperties& device) {
  if (widest_vector_bytes() != 64) return "this processor has no AVX-512";
  if (const std::string reason = separable_block::refuse_parts(p); !reason.empty()) return reason;
  return refuse_other_types<SeparableBlock, float>(p, device);
}

std::unique_ptr<Prepared<SeparableBlock>> prepare_separable_block_avx512(const SeparableBlockProblem& problem,
                                                                         Device& device) {
  return std::make_unique<separable_block::HostBlock<separable_block::FloatProducts>>(problem, device);
}

}  // namespace graft
