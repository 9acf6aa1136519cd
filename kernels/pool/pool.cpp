#include "kernels/pool/pool.h"

#include "kernels/onednn_entry.h"
#include "kernels/pool/pool_kernels.h"
#include "kernels/pool/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const PoolProblem& p) {
  out << (p.kind == PoolKind::max ? "max" : "average") << " n" << p.n << " " << p.h << "x" << p.w << "x"
      << p.c << " -> " << p.p << "x" << p.q;
  if (p.adaptive) return out << " adaptive " << name_of(p.dtype);
  out << " window " << p.r << "x" << p.s << " stride " << p.stride_h << "," << p.stride_w;
  if (p.pad_top || p.pad_left || p.pad_bottom || p.pad_right)
    out << " pad " << p.pad_top << "," << p.pad_left << "," << p.pad_bottom << "," << p.pad_right;
  return out << (p.count_padding ? " counted " : " ") << name_of(p.dtype)
             << (p.saves_places ? " saves places" : "");
}

namespace {

constexpr Implementation<PoolForward> forward_list[] = {
    onednn_entry<PoolForward>(),
    GRAFT_KERNEL_ENTRIES("simt", PoolForward, pool_forward_simt, no_scratch<PoolForward>,
                         (refuse_pool<PoolForward, float>)),
    reference_entry<PoolForward, PoolForwardReference, float>(DeviceKind::cpu,
                                                              refuse_pool<PoolForward, float>),
    reference_entry<PoolForward, PoolForwardReference, double>(DeviceKind::float64,
                                                               refuse_pool<PoolForward, double>),
};

constexpr Implementation<PoolBackward> backward_list[] = {
    onednn_entry<PoolBackward>(),
    GRAFT_KERNEL_ENTRIES("simt", PoolBackward, pool_backward_simt, no_scratch<PoolBackward>,
                         (refuse_pool<PoolBackward, float>)),
    reference_entry<PoolBackward, PoolBackwardReference, float>(DeviceKind::cpu,
                                                                refuse_pool<PoolBackward, float>),
    reference_entry<PoolBackward, PoolBackwardReference, double>(DeviceKind::float64,
                                                                 refuse_pool<PoolBackward, double>),
};

}  // namespace

template <>
std::span<const Implementation<PoolForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<PoolBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
