#pragma once

#include <string>

#include "tools/commands.h"
#include "tools/measured_input.h"
#include "transfer/cost/freeze_cost.h"
#include "transfer/cost/measured_device.h"

namespace graft {

// As in json_output.h; what is not known is null.
std::string cost_json(const MeasuredInput& input, const CostCommand& command, const MeasuredDevice& device,
                      const FreezeCosts& costs);

}  // namespace graft
