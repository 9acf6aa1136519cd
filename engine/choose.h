#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

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
  Provider provider = Provider::own;                       // vendor: its entries come first
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

// The entries that may serve an op on the device, in the order in which they are asked: the forced one alone,
// else the vendor's first where it is asked for, and never where not.
template <class Op>
std::vector<const Implementation<Op>*> candidates(const DeviceProperties& device,
                                                  const ChoiceOptions& options) {
  const auto forced = options.forced.find(Op::name);
  std::vector<const Implementation<Op>*> found;
  for (const Provider provider : {Provider::vendor, Provider::own})
    for (const Implementation<Op>& entry : implementations<Op>())
      if (entry.device == device.kind && entry.provider == provider &&
          (forced != options.forced.end() ? entry.name == forced->second
                                          : provider == Provider::own || options.provider == provider))
        found.push_back(&entry);
  return found;
}

// The first of them that accepts the problem; null where none does. Adds what those before it say to
// `refusals`.
template <class Op>
const Implementation<Op>* first_that_accepts(const typename Op::Problem& problem,
                                             const DeviceProperties& device, const ChoiceOptions& options,
                                             std::string& refusals) {
  for (const Implementation<Op>* candidate : candidates<Op>(device, options)) {
    const std::string reason = candidate->refuse(problem, device);
    if (reason.empty()) return candidate;
    refusals += text("; ", candidate->name, " refuses: ", reason);
  }
  if (options.forced.contains(Op::name)) refusals += "; another method is forced";
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
