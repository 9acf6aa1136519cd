#include "kernels/elementwise/cast.h"

#include "kernels/elementwise/cast_kernels.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const CastProblem& p) {
  return out << p.count << " " << name_of(p.from) << " -> " << name_of(p.to);
}

namespace {

std::string refuse_cast(const CastProblem& p, const DeviceProperties&) {
  const bool narrows = p.from == DType::float32 && p.to == DType::bfloat16;
  const bool widens = p.from == DType::bfloat16 && p.to == DType::float32;
  return narrows || widens ? "" : text("casts between float32 and bfloat16, not ", p);
}

constexpr Implementation<Cast> list[] = {
    GRAFT_KERNEL_ENTRIES("simt", Cast, cast_simt, no_scratch<Cast>, refuse_cast),
};

}  // namespace

template <>
std::span<const Implementation<Cast>> implementations() {
  return list;
}

}  // namespace graft
