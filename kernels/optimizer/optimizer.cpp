#include "kernels/optimizer/optimizer.h"

#include "kernels/optimizer/optimizer_kernels.h"
#include "kernels/optimizer/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const SgdProblem& p) {
  return out << p.count << " in " << p.segments << " segments, momentum " << p.momentum << " "
             << name_of(p.dtype);
}

std::ostream& operator<<(std::ostream& out, const AdamWProblem& p) {
  return out << p.count << " in " << p.segments << " segments, betas " << p.beta1 << "," << p.beta2 << " "
             << name_of(p.dtype);
}

std::ostream& operator<<(std::ostream& out, const AverageProblem& p) {
  return out << p.count << " decay " << p.decay << " " << name_of(p.dtype);
}

std::ostream& operator<<(std::ostream& out, const GradientNormProblem& p) {
  return out << p.count << " at most " << p.max_norm << " " << name_of(p.dtype);
}

namespace {

constexpr Implementation<SgdUpdate> sgd_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", SgdUpdate, sgd_simt, no_scratch<SgdUpdate>,
                         refuse_other_than_float32<SgdUpdate>),
    reference_entry<SgdUpdate, SgdReference, float>(DeviceKind::cpu),
    reference_entry<SgdUpdate, SgdReference, double>(DeviceKind::float64),
};

constexpr Implementation<AdamWUpdate> adamw_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", AdamWUpdate, adamw_simt, no_scratch<AdamWUpdate>,
                         refuse_other_than_float32<AdamWUpdate>),
    reference_entry<AdamWUpdate, AdamWReference, float>(DeviceKind::cpu),
    reference_entry<AdamWUpdate, AdamWReference, double>(DeviceKind::float64),
};

constexpr Implementation<ParameterAverage> average_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", ParameterAverage, average_simt, no_scratch<ParameterAverage>,
                         refuse_other_than_float32<ParameterAverage>),
    reference_entry<ParameterAverage, AverageReference, float>(DeviceKind::cpu),
    reference_entry<ParameterAverage, AverageReference, double>(DeviceKind::float64),
};

constexpr Implementation<GradientNorm> norm_list[] = {
    GRAFT_KERNEL_ENTRIES("simt", GradientNorm, gradient_norm_simt, gradient_norm_simt_scratch,
                         refuse_other_than_float32<GradientNorm>),
    reference_entry<GradientNorm, GradientNormReference, float>(DeviceKind::cpu),
    reference_entry<GradientNorm, GradientNormReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<SgdUpdate>> implementations() {
  return sgd_list;
}
template <>
std::span<const Implementation<AdamWUpdate>> implementations() {
  return adamw_list;
}
template <>
std::span<const Implementation<ParameterAverage>> implementations() {
  return average_list;
}
template <>
std::span<const Implementation<GradientNorm>> implementations() {
  return norm_list;
}

}  // namespace graft
