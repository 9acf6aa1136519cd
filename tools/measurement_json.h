#pragma once

#include <string>

#include "tools/commands.h"
#include "tools/measured_input.h"
#include "transfer/inspection/comparison.h"
#include "transfer/inspection/profile.h"

namespace graft {

// As in json_output.h.
std::string comparison_json(const MeasuredInput& input, const CompareCommand& command,
                            const NetworkComparison& comparison);
std::string profile_json(const MeasuredInput& input, const ProfileCommand& command,
                         const NetworkProfile& profile);
// All timed runs one behind the other, in the trace event format that chrome://tracing and Perfetto open.
std::string trace_json(const MeasuredInput& input, const NetworkProfile& profile);

}  // namespace graft
