#include "layers/lowering/widen.h"

#include "kernels/elementwise/cast.h"
#include "layers/cast.h"
#include "layers/lowering/concat_slices.h"

namespace graft {

namespace {

// Puts float32 values in the place of a step's bfloat16 ones.
class Widening {
 public:
  Widening(Plan& plan, std::map<ValueId, ValueId>& constants) : plan_(plan), constants_(constants) {}

  void add(std::unique_ptr<Step> step) {
    step->widen([&](ValueId id, Access access) { return wide(*step, id, access); });
    const std::string layer = step->layer();
    const Phase phase = step->phase();
    plan_.steps().push_back(std::move(step));
    for (const auto& [from, to] : results_)
      plan_.emit<Cast>(layer, phase, {plan_.value(to).shape.count(), DType::float32, DType::bfloat16},
                       {{&Cast::Args::x, from, Access::read}, {&Cast::Args::y, to, Access::write}});
  }

 private:
  ValueId wide(const Step& step, ValueId id, Access access) {
    if (plan_.value(id).dtype != DType::bfloat16) return id;
    if (plan_.value(id).storage == Storage::constant) return known_constant(id);
    const auto [found, is_new] = made_.try_emplace(id, no_value);
    if (is_new)
      found->second =
          access == Access::write
              ? plan_.activation(plan_.value(id).name + " in float32", plan_.value(id).shape, DType::float32)
              : emit_cast(plan_, step.layer(), step.phase(), id, DType::float32);
    if (access != Access::read) results_.emplace_back(found->second, id);
    return found->second;
  }

  // Made once for all steps.
  ValueId known_constant(ValueId id) {
    const auto [found, is_new] = constants_.try_emplace(id, no_value);
    if (is_new) found->second = wide_constant(plan_, id);
    return found->second;
  }

  Plan& plan_;
  std::map<ValueId, ValueId>& constants_;
  std::map<ValueId, ValueId> made_;
  std::vector<std::pair<ValueId, ValueId>> results_;  // float32, bfloat16
};

}  // namespace

ValueId wide_constant(Plan& plan, ValueId constant) {
  Value value = plan.value(constant);
  value.dtype = DType::float32;
  return plan.add(std::move(value));
}

void widen_unserved(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options) {
  std::vector<std::unique_ptr<Step>> steps = std::exchange(plan.steps(), {});
  std::map<ValueId, ValueId> constants;
  for (std::unique_ptr<Step>& step : steps)
    if (step->is_served(device, options))
      plan.steps().push_back(std::move(step));
    else
      Widening(plan, constants).add(std::move(step));
  share_slices(plan);
}

}  // namespace graft
