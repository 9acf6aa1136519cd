#pragma once

#include "tools/cost_findings.h"

namespace graft {

using TableRows = std::vector<std::vector<std::string>>;  // the first has the columns' names

// What a step costs at each point, in a row each; "-" where something is not known.
TableRows cost_rows(const CostCommand& command, const CostFindings& findings);
// What each training took and reached.
TableRows accuracy_rows(const CostFindings& findings);

// What was measured, on what; and a line for whatever could not be.
std::string cost_heading(const CostCommand& command, const CostFindings& findings);
std::vector<std::string> cost_notes(const CostFindings& findings);

}  // namespace graft
