#pragma once

#include <functional>
#include <map>
#include <memory>
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

// The fastest by their times, shared by all plans of a session; `keep` is called when there are more of them.
struct Winners {
  Choices chosen;
  std::function<void(const Choices&)> keep;
};

struct ChoiceOptions {
  std::map<std::string, std::string, std::less<>> forced;  // op name -> implementation name
  Provider provider = Provider::own;                       // vendor: its entries come first
  Choices preferred;                 // an earlier run's: taken where they still accept the problem
  std::shared_ptr<Winners> winners;  // not null: candidates of new problems are timed (Executor)
  std::function<void(const std::string&)> explain;  // told what was chosen and why others refused
};

// The implementation that the choices name for the problem, where it still accepts it; else null.
template <class Op>
const Implementation<Op>* named(const Choices& choices, const typename Op::Problem& problem,
                                const DeviceProperties& device) {
  if (choices.empty()) return nullptr;
  const auto found = choices.find(choice_key(Op::name, problem));
  if (found == choices.end()) return nullptr;
  for (const Implementation<Op>& candidate : implementations<Op>())
    if (candidate.device == device.kind && candidate.name == found->second &&
        candidate.refuse(problem, device).empty())
      return &candidate;
  return nullptr;
}

// What needs no search: an earlier run's choice or, after that, the fastest by an earlier race. Null where
// there is neither. `why` says which.
template <class Op>
const Implementation<Op>* known(const typename Op::Problem& problem, const DeviceProperties& device,
                                const ChoiceOptions& options, const char*& why) {
  if (options.forced.contains(Op::name)) return nullptr;
  why = "as before";
  if (const auto* earlier = named<Op>(options.preferred, problem, device)) return earlier;
  why = "the fastest";
  return options.winners ? named<Op>(options.winners->chosen, problem, device) : nullptr;
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

// Those that a race is for: of the provider that would be taken without one. The plain reference does not
// run.
template <class Op>
std::vector<const Implementation<Op>*> rivals(const typename Op::Problem& problem,
                                              const DeviceProperties& device, const ChoiceOptions& options) {
  std::vector<const Implementation<Op>*> found = candidates<Op>(device, options);
  std::erase_if(found, [&](const auto* entry) {
    return entry->name == reference_name || !entry->refuse(problem, device).empty();
  });
  std::erase_if(found, [&, provider = found.empty() ? Provider::own : found[0]->provider](const auto* entry) {
    return entry->provider != provider;
  });
  return found;
}

// The known implementation, or the first of the list. Throws Error{device} with every refusal where there is
// none.
template <class Op>
const Implementation<Op>& choose(const typename Op::Problem& problem, const DeviceProperties& device,
                                 const ChoiceOptions& options = {}) {
  const char* why = "";
  if (const Implementation<Op>* found = known<Op>(problem, device, options, why)) {
    if (options.explain) options.explain(text(Op::name, " ", problem, ": ", found->name, ", ", why));
    return *found;
  }
  std::string refusals;
  if (const auto* first = first_that_accepts<Op>(problem, device, options, refusals)) {
    if (options.explain) options.explain(text(Op::name, " ", problem, ": ", first->name, refusals));
    return *first;
  }
  fail(ErrorCode::device, Op::name, " ", problem, " has no implementation on ", device.name, refusals);
}

}  // namespace graft
