#pragma once

#include <vector>

#include "engine/plan.h"

namespace graft {

// Which steps of a finished plan touch a value, for rules that put other steps in the place of some.
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

  // The one step of that kind among those that touch the value under any name.
  template <class Op>
  const OpStep<Op>* only(ValueId id) const {
    const OpStep<Op>* found = nullptr;
    for (const Step* step : by_root_[plan_.root(id)])
      if (const auto* typed = dynamic_cast<const OpStep<Op>*>(step)) {
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

}  // namespace graft
