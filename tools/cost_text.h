#pragma once

#include <optional>
#include <string>

#include "transfer/cost/freeze_cost.h"
#include "transfer/cost/measured_device.h"

namespace graft {

// A row for each freeze point, with grams of CO2 where it is known how many a kilowatt hour is worth, and a
// line for whatever could not be measured.
std::string cost_text(const FreezeCosts& costs, const MeasuredDevice& device,
                      const std::optional<double>& carbon_intensity);

}  // namespace graft
