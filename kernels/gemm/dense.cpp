#include "kernels/gemm/dense.h"

#include "kernels/gemm/dense_kernels.h"
#include "kernels/gemm/reference.h"
#include "kernels/onednn_entry.h"
#include "kernels/vendor_entry.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const DenseProblem& p) {
  out << p.n << "x" << p.inputs << " -> " << p.outputs << " " << name_of(p.dtype);
  if (p.math != Math::fp32) out << " " << name_of(p.math);
  if (p.bias) out << " +bias";
  if (p.activation != Activation::none) out << " +" << name_of(p.activation);
  return out << (p.constant_weights ? " constant" : "");
}

namespace {

constexpr Implementation<DenseForward> forward_list[] = {
    onednn_entry<DenseForward>(),
    onednn_entry<DenseForward, Math::bf16>(),
    GRAFT_KERNEL_ENTRIES("gemv", DenseForward, dense_forward_gemv, no_scratch<DenseForward>,
                         refuse_dense_gemv<DenseForward>),
    GRAFT_PRODUCT_ENTRIES("gemm", DenseForward, dense_forward_gemm, dense_gemm_scratch<DenseForward>,
                          refuse_dense_gemm<DenseForward>),
    GRAFT_KERNEL_ENTRIES("tiled", DenseForward, dense_forward_tiled, no_scratch<DenseForward>,
                         refuse_other_than_float32<DenseForward>),
    GRAFT_VENDOR_ENTRIES(Cublas, "cublas", DenseForward)
    reference_entry<DenseForward, DenseForwardReference, float>(DeviceKind::cpu),
    reference_entry<DenseForward, DenseForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<DenseBackwardData> backward_data_list[] = {
    onednn_entry<DenseBackwardData>(),
    GRAFT_KERNEL_ENTRIES("gemv", DenseBackwardData, dense_backward_data_gemv,
                         dense_backward_data_gemv_scratch, refuse_dense_gemv<DenseBackwardData>),
    GRAFT_PRODUCT_ENTRIES("gemm", DenseBackwardData, dense_backward_data_gemm,
                          dense_gemm_scratch<DenseBackwardData>, refuse_dense_gemm<DenseBackwardData>),
    GRAFT_KERNEL_ENTRIES("tiled", DenseBackwardData, dense_backward_data_tiled, no_scratch<DenseBackwardData>,
                         refuse_other_than_float32<DenseBackwardData>),
    GRAFT_VENDOR_ENTRIES(Cublas, "cublas", DenseBackwardData)
    reference_entry<DenseBackwardData, DenseBackwardDataReference, float>(DeviceKind::cpu),
    reference_entry<DenseBackwardData, DenseBackwardDataReference, double>(DeviceKind::float64),
};

constexpr Implementation<DenseBackwardWeights> backward_weights_list[] = {
    onednn_entry<DenseBackwardWeights>(),
    GRAFT_PRODUCT_ENTRIES("gemm", DenseBackwardWeights, dense_backward_weights_gemm,
                          dense_backward_weights_gemm_scratch, refuse_dense_gemm<DenseBackwardWeights>),
    GRAFT_KERNEL_ENTRIES("tiled", DenseBackwardWeights, dense_backward_weights_tiled,
                         dense_backward_weights_tiled_scratch,
                         refuse_other_than_float32<DenseBackwardWeights>),
    GRAFT_VENDOR_ENTRIES(Cublas, "cublas", DenseBackwardWeights)
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
