#include "kernels/activation/activation.h"

#include "kernels/activation/activation_kernels.h"
#include "kernels/activation/reference.h"
#include "kernels/column_sums.h"
#include "kernels/onednn_entry.h"

namespace graft {

std::string_view name_of(Activation activation) {
  constexpr std::string_view names[] = {"none",         "relu",       "relu6",      "sigmoid", "silu",
                                        "hard_sigmoid", "hard_swish", "leaky_relu", "gelu"};
  return names[activation.kind];
}

std::ostream& operator<<(std::ostream& out, const ActivationProblem& p) {
  out << name_of(p.activation) << " n" << p.n << " " << p.h << "x" << p.w << "x" << p.c << " "
      << name_of(p.dtype);
  return out << (p.dbias ? " +dbias" : "") << (p.masked ? " masked" : "");
}

size_t activation_backward_simt_scratch(const ActivationProblem& p) {
  return p.dbias ? column_sum_bytes(p.rows(), p.c, 1) : 0;
}

namespace {

constexpr Implementation<ActivationForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", ActivationForward, activation_forward_simt, no_scratch<ActivationForward>,
                         (also_bfloat16<ActivationForward, refuse_other_than_float32<ActivationForward>>)),
    onednn_entry<ActivationForward>(),
    reference_entry<ActivationForward, ActivationForwardReference, float>(DeviceKind::cpu),
    reference_entry<ActivationForward, ActivationForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<ActivationMask> mask_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", ActivationMask, activation_mask_simt, no_scratch<ActivationMask>,
                         (also_bfloat16<ActivationMask, refuse_other_than_float32<ActivationMask>>)),
    reference_entry<ActivationMask, ActivationMaskReference, float>(DeviceKind::cpu),
    reference_entry<ActivationMask, ActivationMaskReference, double>(DeviceKind::float64),
};

constexpr Implementation<ActivationBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", ActivationBackward, activation_backward_simt,
                         activation_backward_simt_scratch,
                         (also_bfloat16<ActivationBackward, refuse_other_than_float32<ActivationBackward>>)),
    onednn_entry<ActivationBackward>(),
    reference_entry<ActivationBackward, ActivationBackwardReference, float>(DeviceKind::cpu),
    reference_entry<ActivationBackward, ActivationBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<ActivationForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<ActivationMask>> implementations() {
  return mask_list;
}
template <>
std::span<const Implementation<ActivationBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
