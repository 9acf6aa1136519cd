#include "kernels/elementwise/multiply.h"

#include "kernels/elementwise/multiply_kernels.h"
#include "kernels/elementwise/multiply_reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const MultiplyProblem& p) {
  return out << "n" << p.n << " " << p.pixels << "x" << p.c << (p.broadcast ? " by channel " : " ")
             << name_of(p.dtype);
}

namespace {

constexpr Implementation<MultiplyForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", MultiplyForward, multiply_forward_simt, no_scratch<MultiplyForward>,
                         refuse_other_than_float32<MultiplyForward>),
    reference_entry<MultiplyForward, MultiplyForwardReference, float>(DeviceKind::cpu),
    reference_entry<MultiplyForward, MultiplyForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<MultiplyBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", MultiplyBackward, multiply_backward_simt, multiply_backward_simt_scratch,
                         refuse_other_than_float32<MultiplyBackward>),
    reference_entry<MultiplyBackward, MultiplyBackwardReference, float>(DeviceKind::cpu),
    reference_entry<MultiplyBackward, MultiplyBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<MultiplyForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<MultiplyBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
