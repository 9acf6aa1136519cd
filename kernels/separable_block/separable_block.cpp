#include "kernels/separable_block/separable_block.h"

#include "kernels/separable_block/hosts.h"
#include "kernels/separable_block/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const SeparableBlockProblem& p) {
  return out << p.typed(p.expand) << ", " << p.typed(p.depthwise) << ", " << p.typed(p.project);
}

namespace {

constexpr Implementation<SeparableBlock> list[] = {
    {.name = "amx_host",
     .device = DeviceKind::cpu,
     .refuse = refuse_separable_block_amx,
     .prepare = prepare_separable_block_amx,
     .math = Math::bf16},
    {.name = "avx512_host",
     .device = DeviceKind::cpu,
     .refuse = refuse_separable_block_avx512,
     .prepare = prepare_separable_block_avx512},
    reference_entry<SeparableBlock, SeparableBlockReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<SeparableBlock>> implementations() {
  return list;
}

}  // namespace graft
