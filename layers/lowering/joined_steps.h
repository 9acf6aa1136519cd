#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "engine/plan.h"

// For rules that go through a finished plan and put one step in the place of several.
namespace graft {

// Which steps touch a value.
class Touches {
 public:
  explicit Touches(const Plan& plan) : plan_(plan), by_root_(plan.value_count()) {
    for (const auto& step : plan.steps())
      for (const auto* list : {&step->reads(), &step->writes()})
        for (ValueId id : *list) {
          auto& touches = by_root_[plan.root(id)];
          if (touches.empty() || touches.back() != step.get()) touches.push_back(step.get());
        }
  }

  // The one step of that kind among those that touch the value under any name, beside one that is known.
  template <class Op>
  const OpStep<Op>* only(ValueId id, const Step* known = nullptr) const {
    const OpStep<Op>* found = nullptr;
    for (const Step* step : by_root_[plan_.root(id)])
      if (const auto* typed = dynamic_cast<const OpStep<Op>*>(step); typed && typed != known) {
        if (found) return nullptr;
        found = typed;
      }
    return found;
  }

  // A map of its own that `steps` steps touch, and nobody else.
  bool between(ValueId id, size_t steps) const {
    const Value& value = plan_.value(id);
    return value.storage == Storage::activation && value.part_of == no_value && !value.kept &&
           by_root_[id].size() == steps;
  }

 private:
  const Plan& plan_;
  std::vector<std::vector<const Step*>> by_root_;
};

// find(a step of First) gives a group, or nothing; the group's members(), steps of the plan, are left out,
// and in the place of each emit(member, group) may put another. Of groups that share a member the first
// counts.
template <class First, class Find, class Emit>
void join_steps(Plan& plan, const Find& find, const Emit& emit) {
  using Group = typename decltype(find(std::declval<const OpStep<First>&>()))::value_type;
  std::map<const Step*, Group> groups;
  for (const auto& step : plan.steps())
    if (const auto* first = dynamic_cast<const OpStep<First>*>(step.get()))
      if (const auto group = find(*first)) {
        const auto members = group->members();
        if (std::ranges::any_of(members, [&](const Step* member) { return groups.contains(member); }))
          continue;
        for (const Step* member : members) groups[member] = *group;
      }
  if (groups.empty()) return;
  std::vector<std::unique_ptr<Step>> before = std::exchange(plan.steps(), {});
  for (std::unique_ptr<Step>& step : before) {
    const auto found = groups.find(step.get());
    if (found == groups.end())
      plan.steps().push_back(std::move(step));
    else
      emit(*step, found->second);
  }
}

// Whether somebody asked for a method of one of these ops, whose steps would go.
template <class... Ops>
bool any_is_forced(const ChoiceOptions& options) {
  return (... || options.forced.contains(Ops::name));
}

template <class Op>
bool is_served(const typename Op::Problem& problem, const DeviceProperties& device,
               const ChoiceOptions& options) {
  std::string refusals;
  return first_that_accepts<Op>(problem, device, options, refusals) != nullptr;
}

}  // namespace graft
