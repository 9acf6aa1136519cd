#include "kernels/pool/pool.h"

#include "kernels/onednn_entry.h"
#include "kernels/pool/pool_kernels.h"
#include "kernels/pool/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const PoolProblem& p) {
  out << (p.kind == PoolKind::max ? "max" : "average") << " n" << p.n << " " << p.h << "x" << p.w << "x"
      << p.c << " -> " << p.p << "x" << p.q;
  if (p.y_slice) out << " to a slice";
  if (p.adaptive) return out << " adaptive " << name_of(p.dtype);
  out << " window " << p.r << "x" << p.s << " stride " << p.stride_h << "," << p.stride_w;
  if (p.pad_top || p.pad_left || p.pad_bottom || p.pad_right)
    out << " pad " << p.pad_top << "," << p.pad_left << "," << p.pad_bottom << "," << p.pad_right;
  return out << (p.count_padding ? " counted " : " ") << name_of(p.dtype)
             << (p.saves_places ? " saves places" : "");
}

namespace {

// Kernels count elements in 32 bits, and the last block's threads go beyond them. Adaptive windows multiply
// an output by the inputs.
template <class Op>
std::string refuse_pool_simt(const PoolProblem& p, const DeviceProperties& device) {
  constexpr int64_t most = (int64_t{1} << 31) - 1024, most_along_axis = 1 << 30;
  const std::string reason = refuse_pool<Op, float>(p, device);
  if (!reason.empty()) return reason;
  for (const int64_t count : {p.n * p.h * p.w * p.c, p.n * p.p * p.q * p.c})
    if (count > most) return text("a count of ", count, " elements is beyond ", most);
  for (const int64_t size : {p.h + p.pad_top + p.pad_bottom + p.r, p.w + p.pad_left + p.pad_right + p.s,
                             p.stride_h, p.stride_w, (p.p + 1) * p.h, (p.q + 1) * p.w})
    if (size > most_along_axis) return text("a size of ", size, " is beyond ", most_along_axis);
  return {};
}

template <class Op>
std::string refuse_pool_global(const PoolProblem& p, const DeviceProperties& device) {
  if (p.y_slice) return "writes no slices of wider pixels";
  const bool global = p.kind == PoolKind::average && p.adaptive && p.p == 1 && p.q == 1;
  return global ? refuse_other_than_float32<Op>(p, device) : "it is not a global average";
}

constexpr Implementation<PoolForward> forward_list[] = {
    onednn_entry<PoolForward>(),
    onednn_entry<PoolForward, Math::bf16>(),
    GRAFT_KERNEL_ENTRIES("global", PoolForward, pool_forward_global, no_scratch<PoolForward>,
                         (also_bfloat16<PoolForward, refuse_pool_global<PoolForward>>)),
    GRAFT_KERNEL_ENTRIES("simt", PoolForward, pool_forward_simt, no_scratch<PoolForward>,
                         (also_bfloat16<PoolForward, refuse_pool_simt<PoolForward>>)),
    reference_entry<PoolForward, PoolForwardReference, float>(DeviceKind::cpu,
                                                              refuse_pool<PoolForward, float>),
    reference_entry<PoolForward, PoolForwardReference, double>(DeviceKind::float64,
                                                               refuse_pool<PoolForward, double>),
};

constexpr Implementation<PoolBackward> backward_list[] = {
    onednn_entry<PoolBackward>(),
    GRAFT_KERNEL_ENTRIES("global", PoolBackward, pool_backward_global, no_scratch<PoolBackward>,
                         (also_bfloat16<PoolBackward, refuse_pool_global<PoolBackward>>)),
    GRAFT_KERNEL_ENTRIES("simt", PoolBackward, pool_backward_simt, no_scratch<PoolBackward>,
                         (also_bfloat16<PoolBackward, refuse_pool_simt<PoolBackward>>)),
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
