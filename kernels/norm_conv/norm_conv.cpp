#include "kernels/norm_conv/norm_conv.h"

#include "kernels/norm_conv/depthwise_host.h"
#include "kernels/norm_conv/pointwise_host.h"
#include "kernels/norm_conv/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const NormConvProblem& p) {
  out << p.convolution() << " of batch norm";
  return p.activation == Activation::none ? out : out << " +" << name_of(p.activation);
}

namespace {

constexpr Implementation<NormConvForward> forward_list[] = {
    {"depthwise_host", DeviceKind::cpu, refuse_norm_conv_depthwise, prepare_norm_conv_forward_depthwise},
    {"pointwise_host", DeviceKind::cpu, refuse_norm_conv_pointwise, prepare_norm_conv_forward_pointwise},
    reference_entry<NormConvForward, NormConvForwardReference, double>(DeviceKind::float64,
                                                                       refuse_norm_conv<double>),
};

constexpr Implementation<NormConvBackward> backward_list[] = {
    {"depthwise_host", DeviceKind::cpu, refuse_norm_conv_backward<refuse_norm_conv_depthwise>,
     prepare_norm_conv_backward_depthwise},
    {"pointwise_host", DeviceKind::cpu, refuse_norm_conv_backward<refuse_norm_conv_pointwise>,
     prepare_norm_conv_backward_pointwise},
    reference_entry<NormConvBackward, NormConvBackwardReference, double>(
        DeviceKind::float64, refuse_norm_conv_backward<refuse_norm_conv<double>>),
};

}  // namespace

template <>
std::span<const Implementation<NormConvForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<NormConvBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
