#pragma once

#include "tools/commands.h"
#include "tools/measured_input.h"
#include "transfer/cost/accuracy_cost.h"
#include "transfer/cost/freeze_cost.h"
#include "transfer/cost/measured_device.h"

namespace graft {

// What `graft cost` found out.
struct CostFindings {
  MeasuredInput input;
  MeasuredDevice device;
  FreezeCosts steps;
  int64_t held_out_images = 0;
  std::vector<AccuracyCost> trainings;  // none without --data
};

// As in json_output.h; what is not known is null.
std::string cost_json(const CostCommand& command, const CostFindings& findings);
// A row for each freeze point, with grams of CO2 where it is known how many a kilowatt hour is worth, one for
// each training, and a line for whatever could not be measured.
std::string cost_text(const CostCommand& command, const CostFindings& findings);
// The same as a page, with accuracy against seconds drawn.
std::string cost_html(const CostCommand& command, const CostFindings& findings);

}  // namespace graft
