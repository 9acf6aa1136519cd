#include "kernels/elementwise/elementwise.h"

#include "kernels/elementwise/elementwise_kernels.h"
#include "kernels/elementwise/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const AddProblem& p) {
  out << p.count << " " << name_of(p.dtype);
  return p.activation == Activation::none ? out : out << " +" << name_of(p.activation);
}

std::ostream& operator<<(std::ostream& out, const CopyProblem& p) {
  return out << p.pixels << "x" << p.c << " " << name_of(p.dtype);
}

namespace {

std::string refuse_add_wide(const AddProblem& p, const DeviceProperties&) {
  if (p.dtype != DType::bfloat16) return text("computes on bfloat16, not on ", name_of(p.dtype));
  if (p.count % 8 != 0) return text(p.count, " elements cannot be read eight at a time");
  return {};
}

constexpr Implementation<Add> add_list[] = {
    GRAFT_KERNEL_ENTRIES("wide", Add, add_wide, no_scratch<Add>, refuse_add_wide),
    GRAFT_KERNEL_ENTRIES("simt", Add, add_simt, no_scratch<Add>,
                         (also_bfloat16<Add, refuse_other_than_float32<Add>>)),
    reference_entry<Add, AddReference, float>(DeviceKind::cpu),
    reference_entry<Add, AddReference, double>(DeviceKind::float64),
};

constexpr Implementation<Copy> copy_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", Copy, copy_simt, no_scratch<Copy>,
                         (also_bfloat16<Copy, refuse_other_than_float32<Copy>>)),
    reference_entry<Copy, CopyReference, float>(DeviceKind::cpu),
    reference_entry<Copy, CopyReference, bfloat16>(DeviceKind::cpu),
    reference_entry<Copy, CopyReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<Add>> implementations() {
  return add_list;
}
template <>
std::span<const Implementation<Copy>> implementations() {
  return copy_list;
}

}  // namespace graft
