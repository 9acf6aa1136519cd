#include "kernels/dropout/dropout.h"

#include "kernels/dropout/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const DropoutProblem& p) {
  return out << p.count << " p " << p.probability << " layer " << p.layer << " " << name_of(p.dtype);
}

namespace {

constexpr Implementation<Dropout> dropout_list[] = {
    reference_entry<Dropout, DropoutReference, float>(DeviceKind::cpu),
    reference_entry<Dropout, DropoutReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<Dropout>> implementations() {
  return dropout_list;
}

}  // namespace graft
