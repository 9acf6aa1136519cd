#include "kernels/image/image.h"

#include "kernels/image/image_kernels.h"
#include "kernels/image/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const ImageInputProblem& p) {
  return out << "n" << p.n << " " << p.h << "x" << p.w << " " << name_of(p.dtype);
}

namespace {

constexpr Implementation<ImageInput> input_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", ImageInput, image_input_simt, no_scratch<ImageInput>,
                         refuse_other_than_float32<ImageInput>),
    reference_entry<ImageInput, ImageInputReference, float>(DeviceKind::cpu),
    reference_entry<ImageInput, ImageInputReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<ImageInput>> implementations() {
  return input_list;
}

}  // namespace graft
