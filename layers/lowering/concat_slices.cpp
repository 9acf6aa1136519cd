#include "layers/lowering/concat_slices.h"

#include <algorithm>

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv/conv.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/pool/pool.h"

namespace graft {

namespace {

template <class... Ops>
bool is_any(const Step& step) {
  return (... || (dynamic_cast<const OpStep<Ops>*>(&step) != nullptr));
}

// Of batch norm's operands the first, x, may be a slice; the backward pass does not always read it.
bool is_batch_norm_of_x(const Step& step) {
  const auto* backward = dynamic_cast<const OpStep<BatchNormBackward>*>(&step);
  if (backward) return backward->problem().batch_statistics || backward->problem().wants_dscale;
  return is_any<BatchNormForward>(step);
}

bool reads_slice(const Step& step, ValueId id) {
  const auto &reads = step.reads(), &writes = step.writes();
  return is_batch_norm_of_x(step) && reads.front() == id && std::count(reads.begin(), reads.end(), id) == 1 &&
         std::count(writes.begin(), writes.end(), id) == 0;
}

// Whether the step may write the value, its y, as a slice.
bool writes_slice(const Step& step, ValueId id) {
  const auto* conv = dynamic_cast<const OpStep<ConvForward>*>(&step);
  const bool able =
      conv ? !conv->problem().residual && conv->problem().groups == 1 : is_any<PoolForward>(step);
  const auto& reads = step.reads();
  return able && step.writes().front() == id && std::count(reads.begin(), reads.end(), id) == 0;
}

// Of the steps that touch what became a slice, those of such an op write it.
template <class Op>
void tell_of_slice(Step& step) {
  auto* writer = dynamic_cast<OpStep<Op>*>(&step);
  if (!writer) return;
  typename Op::Problem problem = writer->problem();
  problem.y_slice = true;
  writer->set_problem(problem);
}

// By value: the steps that touch it.
std::vector<std::vector<Step*>> touching_steps(const Plan& plan) {
  std::vector<std::vector<Step*>> touching(plan.value_count());
  for (const auto& step : plan.steps()) {
    for (ValueId id : step->reads()) touching[id].push_back(step.get());
    for (ValueId id : step->writes()) touching[id].push_back(step.get());
  }
  return touching;
}

// Whether all of the value has another name, which others read: flattened, or behind a dropout.
bool has_other_name(const Plan& plan, ValueId whole) {
  for (ValueId id = 0; id < plan.value_count(); ++id)
    if (plan.value(id).part_of == whole && plan.value(id).shape.count() == plan.value(whole).shape.count())
      return true;
  return false;
}

bool may_become(const Plan& plan, ValueId id, ValueId slice, const std::vector<Step*>& touching) {
  const Value &value = plan.value(id), &place = plan.value(slice);
  return value.storage == Storage::activation && value.part_of == no_value && !value.kept &&
         place.part_of != no_value && plan.root(slice) != id && value.shape == place.shape &&
         !has_other_name(plan, id) && place.offset % 4 == 0 && place.pixel_stride % 4 == 0 &&
         std::all_of(touching.begin(), touching.end(), [&](Step* step) {
           return is_any<Copy>(*step) || reads_slice(*step, id) || writes_slice(*step, id);
         });
}

// Pixels of what lies in `whole` are as far apart as its own.
void widen_parts(Plan& plan, ValueId whole) {
  for (ValueId id = 0; id < plan.value_count(); ++id) {
    if (plan.value(id).part_of != whole) continue;
    plan.value(id).pixel_stride = plan.value(whole).pixel_stride;
    widen_parts(plan, id);
  }
}

}  // namespace

void share_slices(Plan& plan) {
  const auto touching = touching_steps(plan);
  std::erase_if(plan.steps(), [&](const std::unique_ptr<Step>& step) {
    if (!is_any<Copy>(*step)) return false;
    const ValueId from = step->reads()[0], to = step->writes()[0];
    if (!may_become(plan, from, to, touching[from])) return false;
    const Value& place = plan.value(to);
    Value& value = plan.value(from);
    value.part_of = place.part_of;
    value.offset = place.offset;
    value.pixel_stride = place.pixel_stride;
    widen_parts(plan, from);
    for (Step* toucher : touching[from]) {
      tell_of_slice<ConvForward>(*toucher);
      tell_of_slice<PoolForward>(*toucher);
    }
    return true;
  });
}

}  // namespace graft
