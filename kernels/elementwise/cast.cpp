#include "kernels/elementwise/cast.h"

#include "kernels/elementwise/cast_kernels.h"
#include "kernels/elementwise/host_cast.h"
#include "kernels/reference.h"

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

class CastReference : public Prepared<Cast> {
 public:
  explicit CastReference(const CastProblem& problem) : p_(problem) {}

  void run(const Cast::Args& args, const RunContext&) override {
    if (p_.to == DType::bfloat16)
      narrow(args.x.as<float>(), p_.count, args.y.as<bfloat16>());
    else
      widen(args.x.as<bfloat16>(), p_.count, args.y.as<float>());
  }

 private:
  CastProblem p_;
};

constexpr Implementation<Cast> list[] = {
    GRAFT_KERNEL_ENTRIES("simt", Cast, cast_simt, no_scratch<Cast>, refuse_cast),
    {reference_name, DeviceKind::cpu, refuse_cast, prepare_as<Cast, CastReference>},
};

}  // namespace

template <>
std::span<const Implementation<Cast>> implementations() {
  return list;
}

}  // namespace graft
