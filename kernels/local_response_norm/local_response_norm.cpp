#include "kernels/local_response_norm/local_response_norm.h"

#include "kernels/local_response_norm/local_response_norm_kernels.h"
#include "kernels/local_response_norm/reference.h"
#include "kernels/onednn_entry.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const LocalResponseNormProblem& p) {
  return out << p.rows << "x" << p.c << " size " << p.size << " " << name_of(p.dtype);
}

namespace {

template <class Op>
std::string refuse_simt(const LocalResponseNormProblem& p, const DeviceProperties& device) {
  if (p.size > most_response_channels)
    return text("a window of ", p.size, " channels is more than ", most_response_channels);
  return also_bfloat16<Op, refuse_other_than_float32<Op>>(p, device);
}

constexpr Implementation<LocalResponseNormForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", LocalResponseNormForward, local_response_norm_forward_simt,
                         no_scratch<LocalResponseNormForward>, refuse_simt<LocalResponseNormForward>),
    onednn_entry<LocalResponseNormForward>(),
    reference_entry<LocalResponseNormForward, LocalResponseNormForwardReference, float>(DeviceKind::cpu),
    reference_entry<LocalResponseNormForward, LocalResponseNormForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<LocalResponseNormBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", LocalResponseNormBackward, local_response_norm_backward_simt,
                         no_scratch<LocalResponseNormBackward>, refuse_simt<LocalResponseNormBackward>),
    reference_entry<LocalResponseNormBackward, LocalResponseNormBackwardReference, float>(DeviceKind::cpu),
    reference_entry<LocalResponseNormBackward, LocalResponseNormBackwardReference, double>(
        DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<LocalResponseNormForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<LocalResponseNormBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
