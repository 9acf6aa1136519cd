#include "kernels/batch_norm/batch_norm.h"

#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/batch_norm/host.h"
#include "kernels/batch_norm/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const BatchNormProblem& p) {
  out << p.rows << "x" << p.c << (p.batch_statistics ? " batch" : " running") << " statistics "
      << name_of(p.dtype);
  return p.activation == Activation::none ? out : out << " +" << name_of(p.activation);
}

namespace {

constexpr Implementation<BatchNormForward> forward_list[] = {
    {"host", DeviceKind::cpu, refuse_batch_norm_host, prepare_batch_norm_forward_host},
    GRAFT_KERNEL_ENTRIES("simt", BatchNormForward, batch_norm_forward_simt, batch_norm_forward_simt_scratch,
                         (also_bfloat16<BatchNormForward, refuse_batch_norm<BatchNormForward, float>>)),
    reference_entry<BatchNormForward, BatchNormForwardReference, float>(
        DeviceKind::cpu, refuse_batch_norm<BatchNormForward, float>),
    reference_entry<BatchNormForward, BatchNormForwardReference, double>(
        DeviceKind::float64, refuse_batch_norm<BatchNormForward, double>),
};

constexpr Implementation<BatchNormBackward> backward_list[] = {
    {"host", DeviceKind::cpu, refuse_batch_norm_host, prepare_batch_norm_backward_host},
    GRAFT_KERNEL_ENTRIES("simt", BatchNormBackward, batch_norm_backward_simt,
                         batch_norm_backward_simt_scratch,
                         (also_bfloat16<BatchNormBackward, refuse_batch_norm<BatchNormBackward, float>>)),
    reference_entry<BatchNormBackward, BatchNormBackwardReference, float>(
        DeviceKind::cpu, refuse_batch_norm<BatchNormBackward, float>),
    reference_entry<BatchNormBackward, BatchNormBackwardReference, double>(
        DeviceKind::float64, refuse_batch_norm<BatchNormBackward, double>),
};

}  // namespace

template <>
std::span<const Implementation<BatchNormForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<BatchNormBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
