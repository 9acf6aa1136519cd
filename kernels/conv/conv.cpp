#include "kernels/conv/conv.h"

#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/depthwise_host.h"
#include "kernels/conv/depthwise_kernels.h"
#include "kernels/conv/reference.h"
#include "kernels/conv/stem_host.h"
#include "kernels/conv/thin_host.h"
#include "kernels/conv/winograd_host.h"
#include "kernels/onednn_entry.h"
#include "kernels/vendor_entry.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const ConvProblem& p) {
  out << 'n' << p.n << ' ' << p.h << 'x' << p.w << 'x' << p.c << " k" << p.k << ' ' << p.r << 'x' << p.s;
  if (p.stride_h != 1 || p.stride_w != 1) out << " stride " << p.stride_h << ',' << p.stride_w;
  if (p.pad_top || p.pad_left || p.pad_bottom || p.pad_right)
    out << " pad " << p.pad_top << ',' << p.pad_left << ',' << p.pad_bottom << ',' << p.pad_right;
  if (p.dilation_h != 1 || p.dilation_w != 1) out << " dilation " << p.dilation_h << ',' << p.dilation_w;
  if (p.groups != 1) out << " groups " << p.groups;
  out << ' ' << name_of(p.dtype);
  if (p.math != Math::fp32) out << ' ' << name_of(p.math);
  if (p.bias) out << " +bias";
  if (p.residual) out << " +residual";
  if (p.activation != Activation::none) out << " +" << name_of(p.activation);
  if (p.y_slice) out << " to a slice";
  if (p.mixed())
    out << " float32" << (p.wide_x ? " x" : "") << (p.wide_w ? " w" : "") << (p.wide_y ? " y" : "");
  return out << (p.constant_weights ? " constant" : "");
}

namespace {

template <std::string (*refuse)(const ConvProblem&, const DeviceProperties&)>
std::string dense_only(const ConvProblem& p, const DeviceProperties& device) {
  return p.y_slice ? "writes no slices of wider pixels" : refuse(p, device);
}

std::string refuse_depthwise_forward(const ConvProblem& p, const DeviceProperties& device) {
  if (p.wide_y || (p.wide_x && !p.wide_w)) return "of its operands w may be float32, or x and w";
  ConvProblem plain = p;
  plain.wide_x = plain.wide_w = false;
  return also_bfloat16<ConvForward, refuse_depthwise>(plain, device);
}

constexpr Implementation<ConvForward> forward_list[] = {
    {"depthwise_host", DeviceKind::cpu, refuse_depthwise_forward_bf16, prepare_depthwise_forward_bf16,
     Arithmetic::exact, Math::bf16},
    {"thin_host", DeviceKind::cpu, refuse_thin<ConvForward>, prepare_thin_forward},
    {"winograd_host", DeviceKind::cpu, refuse_winograd<ConvForward>, prepare_winograd_forward,
     Arithmetic::transformed},
    onednn_entry<ConvForward>(),
    onednn_entry<ConvForward, Math::bf16>(),
    GRAFT_KERNEL_ENTRIES("depthwise", ConvForward, conv_forward_depthwise, no_scratch<ConvForward>,
                         dense_only<refuse_depthwise_forward>),
    GRAFT_KERNEL_ENTRIES("stem", ConvForward, conv_forward_stem, no_scratch<ConvForward>,
                         dense_only<refuse_conv_stem<ConvForward>>),
    GRAFT_PRODUCT_ENTRIES("gemm", ConvForward, conv_forward_gemm, conv_gemm_scratch<ConvForward>,
                          dense_only<refuse_conv_gemm<ConvForward>>),
    GRAFT_PRODUCT_ENTRIES("implicit_gemm", ConvForward, conv_forward_implicit,
                          conv_implicit_scratch<ConvForward>, refuse_conv_implicit<ConvForward>),
    GRAFT_KERNEL_ENTRIES("grouped", ConvForward, conv_forward_grouped, no_scratch<ConvForward>,
                         dense_only<refuse_conv_grouped<ConvForward>>),
    GRAFT_KERNEL_ENTRIES("tiled", ConvForward, conv_forward_tiled, no_scratch<ConvForward>,
                         refuse_narrow_groups<ConvForward>),
    GRAFT_KERNEL_ENTRIES("direct", ConvForward, conv_forward_direct, no_scratch<ConvForward>,
                         refuse_conv<ConvForward>),
    GRAFT_VENDOR_ENTRIES(Cudnn, "cudnn", ConvForward)
        reference_entry<ConvForward, ConvForwardReference, float>(DeviceKind::cpu),
    reference_entry<ConvForward, ConvForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<ConvBackwardData> backward_data_list[] = {
    {"thin_host", DeviceKind::cpu, refuse_thin<ConvBackwardData>, prepare_thin_backward_data},
    {"winograd_host", DeviceKind::cpu, refuse_winograd<ConvBackwardData>, prepare_winograd_backward_data,
     Arithmetic::transformed},
    onednn_entry<ConvBackwardData>(),
    GRAFT_KERNEL_ENTRIES("depthwise", ConvBackwardData, conv_backward_data_depthwise,
                         no_scratch<ConvBackwardData>, (also_bfloat16<ConvBackwardData, refuse_depthwise>)),
    GRAFT_PRODUCT_ENTRIES("gemm", ConvBackwardData, conv_backward_data_gemm,
                          conv_gemm_scratch<ConvBackwardData>, refuse_conv_gemm<ConvBackwardData>),
    GRAFT_PRODUCT_ENTRIES("implicit_gemm", ConvBackwardData, conv_backward_data_implicit,
                          conv_implicit_scratch<ConvBackwardData>, refuse_conv_implicit<ConvBackwardData>),
    GRAFT_KERNEL_ENTRIES("grouped", ConvBackwardData, conv_backward_data_grouped,
                         no_scratch<ConvBackwardData>, refuse_conv_grouped<ConvBackwardData>),
    GRAFT_KERNEL_ENTRIES("tiled", ConvBackwardData, conv_backward_data_tiled, no_scratch<ConvBackwardData>,
                         refuse_narrow_groups<ConvBackwardData>),
    GRAFT_KERNEL_ENTRIES("direct", ConvBackwardData, conv_backward_data_direct, no_scratch<ConvBackwardData>,
                         refuse_conv<ConvBackwardData>),
    GRAFT_VENDOR_ENTRIES(Cudnn, "cudnn", ConvBackwardData)
        reference_entry<ConvBackwardData, ConvBackwardDataReference, float>(DeviceKind::cpu),
    reference_entry<ConvBackwardData, ConvBackwardDataReference, double>(DeviceKind::float64),
};

constexpr Implementation<ConvBackwardWeights> backward_weights_list[] = {
    {"depthwise_host", DeviceKind::cpu, refuse_depthwise_backward_weights,
     prepare_depthwise_backward_weights},
    {"stem_host", DeviceKind::cpu, refuse_stem_backward_weights, prepare_stem_backward_weights},
    {"thin_host", DeviceKind::cpu, refuse_thin<ConvBackwardWeights>, prepare_thin_backward_weights},
    {"winograd_host", DeviceKind::cpu, refuse_winograd<ConvBackwardWeights>,
     prepare_winograd_backward_weights, Arithmetic::transformed},
    onednn_entry<ConvBackwardWeights>(),
    GRAFT_KERNEL_ENTRIES("depthwise", ConvBackwardWeights, conv_backward_weights_depthwise,
                         conv_backward_weights_depthwise_scratch,
                         (also_bfloat16<ConvBackwardWeights, refuse_depthwise>)),
    GRAFT_KERNEL_ENTRIES("stem", ConvBackwardWeights, conv_backward_weights_stem,
                         conv_backward_weights_stem_scratch, refuse_conv_stem<ConvBackwardWeights>),
    GRAFT_PRODUCT_ENTRIES("gemm", ConvBackwardWeights, conv_backward_weights_gemm,
                          conv_backward_weights_gemm_scratch, refuse_conv_gemm<ConvBackwardWeights>),
    GRAFT_PRODUCT_ENTRIES("implicit_gemm", ConvBackwardWeights, conv_backward_weights_implicit,
                          conv_implicit_scratch<ConvBackwardWeights>,
                          refuse_conv_implicit<ConvBackwardWeights>),
    GRAFT_KERNEL_ENTRIES("grouped", ConvBackwardWeights, conv_backward_weights_grouped,
                         conv_backward_weights_grouped_scratch, refuse_conv_grouped<ConvBackwardWeights>),
    GRAFT_KERNEL_ENTRIES("tiled", ConvBackwardWeights, conv_backward_weights_tiled,
                         conv_backward_weights_tiled_scratch, refuse_narrow_groups<ConvBackwardWeights>),
    GRAFT_KERNEL_ENTRIES("direct", ConvBackwardWeights, conv_backward_weights_direct,
                         conv_backward_weights_direct_scratch, refuse_conv<ConvBackwardWeights>),
    GRAFT_VENDOR_ENTRIES(Cudnn, "cudnn", ConvBackwardWeights)
        reference_entry<ConvBackwardWeights, ConvBackwardWeightsReference, float>(DeviceKind::cpu),
    reference_entry<ConvBackwardWeights, ConvBackwardWeightsReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<ConvForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<ConvBackwardData>> implementations() {
  return backward_data_list;
}
template <>
std::span<const Implementation<ConvBackwardWeights>> implementations() {
  return backward_weights_list;
}

}  // namespace graft
