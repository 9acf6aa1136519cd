#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

#include "kernels/softmax_cross_entropy/reference.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy_kernels.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const SoftmaxCrossEntropyProblem& p) {
  out << p.n << "x" << p.classes;
  if (p.smoothing > 0) out << " smoothing " << p.smoothing;
  return out << (p.weighted ? " weighted" : "") << (p.wants_gradient ? " " : " no gradient ")
             << name_of(p.dtype);
}

namespace {

constexpr Implementation<SoftmaxCrossEntropy> loss_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", SoftmaxCrossEntropy, softmax_cross_entropy_simt,
                         no_scratch<SoftmaxCrossEntropy>, refuse_other_than_float32<SoftmaxCrossEntropy>),
    reference_entry<SoftmaxCrossEntropy, SoftmaxCrossEntropyReference, float>(DeviceKind::cpu),
    reference_entry<SoftmaxCrossEntropy, SoftmaxCrossEntropyReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<SoftmaxCrossEntropy>> implementations() {
  return loss_list;
}

}  // namespace graft
