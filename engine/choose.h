#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/op.h"

namespace graft {

struct ChoiceOptions {
  std::map<std::string, std::string, std::less<>> forced;  // op name -> implementation name
  std::function<void(const std::string&)> explain;         // told what was chosen and why others refused
};

// The first implementation of the op's list that accepts the problem on the device. Throws Error{device} with
// every refusal where none does.
template <class Op>
const Implementation<Op>& choose(const typename Op::Problem& problem, const DeviceProperties& device,
                                 const ChoiceOptions& options = {}) {
  const auto forced = options.forced.find(Op::name);
  std::string refusals;
  for (const Implementation<Op>& candidate : implementations<Op>()) {
    if (candidate.device != device.kind) continue;
    std::string reason;
    if (forced != options.forced.end() && candidate.name != forced->second)
      reason = "another method is forced";
    else
      reason = candidate.refuse(problem, device);
    if (reason.empty()) {
      if (options.explain) options.explain(text(Op::name, " ", problem, ": ", candidate.name, refusals));
      return candidate;
    }
    refusals += text("; ", candidate.name, " refuses: ", reason);
  }
  fail(ErrorCode::device, Op::name, " ", problem, " has no implementation on ", device.name, refusals);
}

}  // namespace graft
