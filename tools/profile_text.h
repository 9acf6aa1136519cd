#pragma once

#include <string>

#include "transfer/inspection/profile.h"

namespace graft {

// A row for each step of the plan.
std::string steps_text(const NetworkProfile& profile);
// The same added up by op and implementation, most expensive first.
std::string groups_text(const NetworkProfile& profile);
// The steps' sum beside the time of runs that nobody looked at.
std::string totals_text(const NetworkProfile& profile);

}  // namespace graft
