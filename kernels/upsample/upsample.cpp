#include "kernels/upsample/upsample.h"

#include <limits>

#include "kernels/onednn_entry.h"
#include "kernels/upsample/reference.h"
#include "kernels/upsample/upsample_kernels.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const UpsampleProblem& p) {
  return out << "n" << p.n << " " << p.h << "x" << p.w << "x" << p.c << " by " << p.factor << " "
             << name_of(p.dtype);
}

namespace {

// The kernels number pixels in 32 bits.
template <class Op>
std::string refuse_simt(const UpsampleProblem& p, const DeviceProperties& device) {
  if (p.n * p.h * p.factor * p.w * p.factor > std::numeric_limits<int32_t>::max())
    return "there are more than 2^31 pixels";
  return also_bfloat16<Op, refuse_other_than_float32<Op>>(p, device);
}

constexpr Implementation<UpsampleForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", UpsampleForward, upsample_forward_simt, no_scratch<UpsampleForward>,
                         refuse_simt<UpsampleForward>),
    onednn_entry<UpsampleForward>(),
    reference_entry<UpsampleForward, UpsampleForwardReference, float>(DeviceKind::cpu),
    reference_entry<UpsampleForward, UpsampleForwardReference, bfloat16>(DeviceKind::cpu),
    reference_entry<UpsampleForward, UpsampleForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<UpsampleBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", UpsampleBackward, upsample_backward_simt, no_scratch<UpsampleBackward>,
                         refuse_simt<UpsampleBackward>),
    onednn_entry<UpsampleBackward>(),
    reference_entry<UpsampleBackward, UpsampleBackwardReference, float>(DeviceKind::cpu),
    reference_entry<UpsampleBackward, UpsampleBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<UpsampleForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<UpsampleBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
