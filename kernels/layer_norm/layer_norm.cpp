#include "kernels/layer_norm/layer_norm.h"

#include "kernels/column_sums.h"
#include "kernels/layer_norm/layer_norm_kernels.h"
#include "kernels/layer_norm/reference.h"
#include "kernels/onednn_entry.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const LayerNormProblem& p) {
  return out << p.rows << "x" << p.c << " " << name_of(p.dtype);
}

size_t layer_norm_backward_simt_scratch(const LayerNormProblem& p) {
  return p.wants_dscale ? column_sum_bytes(p.rows, p.c, 2) : 0;
}

namespace {

constexpr Implementation<LayerNormForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", LayerNormForward, layer_norm_forward_simt, no_scratch<LayerNormForward>,
                         (also_bfloat16<LayerNormForward, refuse_other_than_float32<LayerNormForward>>)),
    onednn_entry<LayerNormForward>(),
    reference_entry<LayerNormForward, LayerNormForwardReference, float>(DeviceKind::cpu),
    reference_entry<LayerNormForward, LayerNormForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<LayerNormBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", LayerNormBackward, layer_norm_backward_simt,
                         layer_norm_backward_simt_scratch,
                         (also_bfloat16<LayerNormBackward, refuse_other_than_float32<LayerNormBackward>>)),
    onednn_entry<LayerNormBackward>(),
    reference_entry<LayerNormBackward, LayerNormBackwardReference, float>(DeviceKind::cpu),
    reference_entry<LayerNormBackward, LayerNormBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<LayerNormForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<LayerNormBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
