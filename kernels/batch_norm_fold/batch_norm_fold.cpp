#include "kernels/batch_norm_fold/batch_norm_fold.h"

#include "kernels/batch_norm_fold/batch_norm_fold_kernels.h"
#include "kernels/batch_norm_fold/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const BatchNormFoldProblem& p) {
  return out << p.outputs << "x" << p.per_output << (p.bias ? " +bias " : " ") << name_of(p.dtype);
}

namespace {

constexpr Implementation<BatchNormFoldForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", BatchNormFoldForward, batch_norm_fold_forward_simt,
                         no_scratch<BatchNormFoldForward>, refuse_other_than_float32<BatchNormFoldForward>),
    reference_entry<BatchNormFoldForward, BatchNormFoldForwardReference, float>(DeviceKind::cpu),
    reference_entry<BatchNormFoldForward, BatchNormFoldForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<BatchNormFoldBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", BatchNormFoldBackward, batch_norm_fold_backward_simt,
                         no_scratch<BatchNormFoldBackward>, refuse_other_than_float32<BatchNormFoldBackward>),
    reference_entry<BatchNormFoldBackward, BatchNormFoldBackwardReference, float>(DeviceKind::cpu),
    reference_entry<BatchNormFoldBackward, BatchNormFoldBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<BatchNormFoldForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<BatchNormFoldBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
