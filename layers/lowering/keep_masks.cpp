#include "layers/lowering/keep_masks.h"

#include <map>

#include "kernels/activation/activation.h"

namespace graft {

namespace {

using Backward = OpStep<ActivationBackward>;

ValueId output_of(const Backward& step) { return step.value(&ActivationBackward::Args::y); }

const Backward* told_from_side(const Step& step) {
  const auto* backward = dynamic_cast<const Backward*>(&step);
  return backward && gradient_reads_side(backward->problem().activation) ? backward : nullptr;
}

// By value: how many steps of the backward pass read it, or a part of it.
std::vector<int> backward_readers(const Plan& plan) {
  std::vector<int> readers(plan.value_count());
  for (const auto& step : plan.steps())
    if (step->phase() == Phase::backward)
      for (ValueId id : step->reads()) ++readers[plan.root(id)];
  return readers;
}

// By y: its mask, still to be written.
std::map<ValueId, ValueId> add_masks(Plan& plan) {
  const std::vector<int> readers = backward_readers(plan);
  std::map<ValueId, ValueId> masks;
  for (const auto& step : plan.steps()) {
    const Backward* backward = told_from_side(*step);
    if (!backward) continue;
    const ValueId y = output_of(*backward);
    const Value value = plan.value(y);
    if (value.storage != Storage::activation || value.part_of != no_value || value.kept || readers[y] != 1)
      continue;
    masks[y] = plan.activation(value.name + ", which side", value.shape, DType::uint8);
  }
  return masks;
}

void emit_mask(Plan& plan, const Backward& reader, ValueId mask) {
  using Args = ActivationMask::Args;
  ActivationProblem p = reader.problem();
  p.dbias = false;
  plan.emit<ActivationMask>(
      reader.layer(), Phase::forward, p,
      {{&Args::y, output_of(reader), Access::read}, {&Args::mask, mask, Access::write}});
}

void emit_masked(Plan& plan, const Backward& step, ValueId mask) {
  using Args = ActivationBackward::Args;
  ActivationProblem p = step.problem();
  p.masked = true;
  const ValueId dy = step.value(&Args::dy), dx = step.value(&Args::dx);
  plan.emit<ActivationBackward>(step.layer(), Phase::backward, p,
                                {{&Args::y, mask, Access::read},
                                 {&Args::dy, dy, Access::read},
                                 {&Args::dx, dx, Access::write},
                                 {&Args::dbias, step.value(&Args::dbias), Access::write}})
      .may_share(dy, dx);
}

}  // namespace

void keep_masks(Plan& plan) {
  const std::map<ValueId, ValueId> masks = add_masks(plan);
  std::map<ValueId, const Backward*> reader;
  std::map<const Step*, ValueId> written;  // the one of them that a step writes
  for (const auto& step : plan.steps()) {
    if (const Backward* backward = told_from_side(*step)) reader[output_of(*backward)] = backward;
    for (ValueId id : step->writes())
      if (masks.contains(id)) written[step.get()] = id;
  }
  std::vector<std::unique_ptr<Step>> steps = std::exchange(plan.steps(), {});
  for (std::unique_ptr<Step>& step : steps) {
    const Step* const at = step.get();
    const Backward* backward = told_from_side(*at);
    const auto masked = backward ? masks.find(output_of(*backward)) : masks.end();
    if (masked != masks.end())
      emit_masked(plan, *backward, masked->second);
    else
      plan.steps().push_back(std::move(step));
    // While y is still in the cache.
    if (const auto found = written.find(at); found != written.end())
      emit_mask(plan, *reader.at(found->second), masks.at(found->second));
  }
}

}  // namespace graft
