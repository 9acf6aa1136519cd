#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/op.h"

namespace graft {

// Implementations by the op and problem they serve: "conv_forward n32 56x56x64 k64 ..." -> "onednn".
using Choices = std::map<std::string, std::string>;

template <class Problem>
std::string choice_key(std::string_view op, const Problem& problem) {
  return text(op, " ", problem);
}

struct ChoiceOptions {
  std::map<std::string, std::string, std::less<>> forced;  // op name -> implementation name
  Choices preferred;  // an earlier run's: taken where they still accept the problem
  std::function<void(const std::string&)> explain;  // told what was chosen and why others refused
};

// The preferred implementation, or null.
template <class Op>
const Implementation<Op>* preferred(const typename Op::Problem& problem, const DeviceProperties& device,
                                    const ChoiceOptions& options) {
  if (options.preferred.empty() || options.forced.contains(Op::name)) return nullptr;
  const auto found = options.preferred.find(choice_key(Op::name, problem));
  if (found == options.preferred.end()) return nullptr;
  for (const Implementation<Op>& candidate : implementations<Op>())
    if (candidate.device == device.kind && candidate.name == found->second &&
        candidate.refuse(problem, device).empty())
      return &candidate;
  return nullptr;
}

// The first implementation of the op's list that accepts the problem on the device, or the forced one; null
// where none does. Adds what those before it say to `refusals`.
template <class Op>
const Implementation<Op>* first_that_accepts(const typename Op::Problem& problem,
                                             const DeviceProperties& device, const ChoiceOptions& options,
                                             std::string& refusals) {
  const auto forced = options.forced.find(Op::name);
  for (const Implementation<Op>& candidate : implementations<Op>()) {
    if (candidate.device != device.kind) continue;
    const bool other = forced != options.forced.end() && candidate.name != forced->second;
    const std::string reason = other ? "another method is forced" : candidate.refuse(problem, device);
    if (reason.empty()) return &candidate;
    refusals += text("; ", candidate.name, " refuses: ", reason);
  }
  return nullptr;
}

// That implementation; an earlier run's comes before the list's order. Throws Error{device} with every
// refusal where there is none.
template <class Op>
const Implementation<Op>& choose(const typename Op::Problem& problem, const DeviceProperties& device,
                                 const ChoiceOptions& options = {}) {
  if (const Implementation<Op>* earlier = preferred<Op>(problem, device, options)) {
    if (options.explain) options.explain(text(Op::name, " ", problem, ": ", earlier->name, ", as before"));
    return *earlier;
  }
  std::string refusals;
  if (const auto* first = first_that_accepts<Op>(problem, device, options, refusals)) {
    if (options.explain) options.explain(text(Op::name, " ", problem, ": ", first->name, refusals));
    return *first;
  }
  fail(ErrorCode::device, Op::name, " ", problem, " has no implementation on ", device.name, refusals);
}

}  // namespace graft
