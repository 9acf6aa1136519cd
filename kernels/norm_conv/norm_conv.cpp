#include "kernels/norm_conv/norm_conv.h"

#include "kernels/norm_conv/host.h"
#include "kernels/norm_conv/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const NormConvProblem& p) {
  ConvProblem conv = p.conv;
  conv.dtype = p.dtype;
  out << conv << " of batch norm";
  return p.activation == Activation::none ? out : out << " +" << name_of(p.activation);
}

namespace {

constexpr Implementation<NormConvForward> forward_list[] = {
    {"host", DeviceKind::cpu, refuse_norm_conv_host, prepare_norm_conv_forward_host},
    reference_entry<NormConvForward, NormConvForwardReference, double>(DeviceKind::float64,
                                                                       refuse_norm_conv<double>),
};

constexpr Implementation<NormConvBackward> backward_list[] = {
    {"host", DeviceKind::cpu, refuse_norm_conv_backward<refuse_norm_conv_host>,
     prepare_norm_conv_backward_host},
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
