#include "kernels/channel_scale/channel_scale.h"

#include "kernels/channel_scale/channel_scale_kernels.h"
#include "kernels/channel_scale/reference.h"
#include "kernels/column_sums.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const ChannelScaleProblem& p) {
  return out << p.rows << "x" << p.c << (p.bias ? " +bias " : " ") << name_of(p.dtype);
}

size_t channel_scale_backward_simt_scratch(const ChannelScaleProblem& p) {
  return p.wants_dscale ? column_sum_bytes(p.rows, p.c, 2) : 0;
}

namespace {

constexpr Implementation<ChannelScaleForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES(
        "simt", ChannelScaleForward, channel_scale_forward_simt, no_scratch<ChannelScaleForward>,
        (also_bfloat16<ChannelScaleForward, refuse_other_than_float32<ChannelScaleForward>>)),
    reference_entry<ChannelScaleForward, ChannelScaleForwardReference, float>(DeviceKind::cpu),
    reference_entry<ChannelScaleForward, ChannelScaleForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<ChannelScaleBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES(
        "simt", ChannelScaleBackward, channel_scale_backward_simt, channel_scale_backward_simt_scratch,
        (also_bfloat16<ChannelScaleBackward, refuse_other_than_float32<ChannelScaleBackward>>)),
    reference_entry<ChannelScaleBackward, ChannelScaleBackwardReference, float>(DeviceKind::cpu),
    reference_entry<ChannelScaleBackward, ChannelScaleBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<ChannelScaleForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<ChannelScaleBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
