#pragma once

#include <string>
#include <vector>

#include "tools/commands.h"
#include "transfer/inspection/comparison.h"
#include "transfer/inspection/profile.h"

namespace graft {

// What a network was compared or timed on.
struct MeasuredInput {
  std::string arch;
  int image_size = 0;
  int64_t batch = 0;
  std::vector<std::string> images;  // none: random pixels
  uint64_t seed = 0;                // of pixels and labels
};

// As in json_output.h.
std::string comparison_json(const MeasuredInput& input, const CompareCommand& command,
                            const NetworkComparison& comparison);
std::string profile_json(const MeasuredInput& input, const ProfileCommand& command,
                         const NetworkProfile& profile);
// All timed runs one behind the other, in the trace event format that chrome://tracing and Perfetto open.
std::string trace_json(const MeasuredInput& input, const NetworkProfile& profile);

}  // namespace graft
