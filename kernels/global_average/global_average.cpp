#include "kernels/global_average/global_average.h"

#include "kernels/column_sums.h"
#include "kernels/global_average/global_average_kernels.h"
#include "kernels/global_average/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const GlobalAverageProblem& p) {
  return out << "n" << p.n << " " << p.h << "x" << p.w << "x" << p.c << " of " << name_of(p.activation) << " "
             << name_of(p.dtype) << (p.dbias ? " +dbias" : "");
}

// A row is a byte of each channel.
size_t global_average_backward_simt_scratch(const GlobalAverageProblem& p) {
  return p.dbias ? column_sum_bytes(p.n * p.bytes_per_channel(), p.c, 1) : 0;
}

namespace {

// Kernels count an image's pixels, and the bytes of all, in 32 bits.
template <class Op>
std::string refuse_simt(const GlobalAverageProblem& p, const DeviceProperties& device) {
  constexpr int64_t most = int64_t{1} << 30;
  for (const int64_t count : {p.pixels(), p.n * p.bytes_per_channel()})
    if (count > most) return text("a count of ", count, " is beyond ", most);
  return refuse_other_than_float32<Op>(p, device);
}

constexpr Implementation<GlobalAverageForward> forward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", GlobalAverageForward, global_average_forward_simt,
                         no_scratch<GlobalAverageForward>,
                         (also_bfloat16<GlobalAverageForward, refuse_simt<GlobalAverageForward>>)),
    reference_entry<GlobalAverageForward, GlobalAverageForwardReference, float>(DeviceKind::cpu),
    reference_entry<GlobalAverageForward, GlobalAverageForwardReference, double>(DeviceKind::float64),
};

constexpr Implementation<GlobalAverageBackward> backward_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", GlobalAverageBackward, global_average_backward_simt,
                         global_average_backward_simt_scratch,
                         (also_bfloat16<GlobalAverageBackward, refuse_simt<GlobalAverageBackward>>)),
    reference_entry<GlobalAverageBackward, GlobalAverageBackwardReference, float>(DeviceKind::cpu),
    reference_entry<GlobalAverageBackward, GlobalAverageBackwardReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<GlobalAverageForward>> implementations() {
  return forward_list;
}
template <>
std::span<const Implementation<GlobalAverageBackward>> implementations() {
  return backward_list;
}

}  // namespace graft
