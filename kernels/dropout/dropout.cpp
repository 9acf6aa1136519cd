#include "kernels/dropout/dropout.h"

#include "kernels/dropout/dropout_kernels.h"
#include "kernels/dropout/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const DropoutProblem& p) {
  return out << p.count << " p " << p.probability << " layer " << p.layer << " " << name_of(p.dtype);
}

namespace {

constexpr Implementation<Dropout> dropout_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", Dropout, dropout_simt, no_scratch<Dropout>,
                         (also_bfloat16<Dropout, refuse_other_than_float32<Dropout>>)),
    reference_entry<Dropout, DropoutReference, float>(DeviceKind::cpu),
    reference_entry<Dropout, DropoutReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<Dropout>> implementations() {
  return dropout_list;
}

}  // namespace graft
