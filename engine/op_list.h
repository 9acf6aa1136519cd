#pragma once

#include <type_traits>

#include "engine/step.h"

namespace graft {

template <class... Ops>
struct OpList {};

// take(OpStep) where the step is one of the ops; whether it is.
template <class... Ops, class AnyStep, class Take>
bool with_step(OpList<Ops...>, AnyStep& step, const Take& take) {
  const auto one = [&](auto* typed) {
    if (typed) take(*typed);
    return typed != nullptr;
  };
  return (... ||
          one(dynamic_cast<std::conditional_t<std::is_const_v<AnyStep>, const OpStep<Ops>, OpStep<Ops>>*>(
              &step)));
}

}  // namespace graft
