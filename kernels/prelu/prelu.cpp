#include "kernels/prelu/prelu.h"

#include "kernels/column_sums.h"
#include "kernels/onednn_entry.h"
#include "kernels/prelu/prelu_kernels.h"
#include "kernels/prelu/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const PreluProblem& p) {
  return out << p.rows << "x" << p.c << " " << name_of(p.dtype);
}

size_t prelu_backward_simt_scratch(const PreluProblem& p) {
  return p.wants_dslope ? column_sum_bytes(p.rows, p.c, 1) : 0;
}

namespace {

constexpr Implementation<PreluForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", PreluForward, prelu_forward_simt, no_scratch<PreluForward>,
                         (also_bfloat16<PreluForward, refuse_other_than_float32<PreluForward>>)),
    onednn_entry<PreluForward>(),
    reference_entry<PreluForward, PreluForwardReference, float>(DeviceKind::cpu),
    reference_entry<PreluForward, PreluForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<PreluBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", PreluBackward, prelu_backward_simt, prelu_backward_simt_scratch,
                         (also_bfloat16<PreluBackward, refuse_other_than_float32<PreluBackward>>)),
    onednn_entry<PreluBackward>(),
    reference_entry<PreluBackward, PreluBackwardReference, float>(DeviceKind::cpu),
    reference_entry<PreluBackward, PreluBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<PreluForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<PreluBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
