#include "kernels/gemm/dense.h"

#include "kernels/gemm/reference.h"
#include "kernels/onednn_entry.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const DenseProblem& p) {
  out << p.n << "x" << p.inputs << " -> " << p.outputs << " " << name_of(p.dtype);
  if (p.bias) out << " +bias";
  if (p.activation != Activation::none) out << " +" << name_of(p.activation);
  return out << (p.constant_weights ? " constant" : "");
}

namespace {

constexpr Implementation<DenseForward> forward_list[] = {
    onednn_entry<DenseForward>(),
    reference_entry<DenseForward, DenseForwardReference, float>(DeviceKind::cpu),
    reference_entry<DenseForward, DenseForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<DenseBackwardData> backward_data_list[] = {
    onednn_entry<DenseBackwardData>(),
    reference_entry<DenseBackwardData, DenseBackwardDataReference, float>(DeviceKind::cpu),
    reference_entry<DenseBackwardData, DenseBackwardDataReference, double>(DeviceKind::float64),
};

constexpr Implementation<DenseBackwardWeights> backward_weights_list[] = {
    onednn_entry<DenseBackwardWeights>(),
    reference_entry<DenseBackwardWeights, DenseBackwardWeightsReference, float>(DeviceKind::cpu),
    reference_entry<DenseBackwardWeights, DenseBackwardWeightsReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<DenseForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<DenseBackwardData>> implementations() {
  return backward_data_list;
}
template <>
std::span<const Implementation<DenseBackwardWeights>> implementations() {
  return backward_weights_list;
}

}  // namespace graft
