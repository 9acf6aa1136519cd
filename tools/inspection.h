#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/commands.h"

namespace graft {

// A network's steps as planned for a device, in words.
struct PlanTable {
  struct Output {
    std::string name, storage;
    size_t offset = 0;  // into the arena, where the value lives in it
    size_t bytes = 0;
  };
  struct Row {
    std::string phase, layer, op, problem, implementation;
    int turns = 1;  // a few images in each
    std::vector<Output> outputs;
  };
  std::string device;
  int batch = 0;
  size_t arena_bytes = 0, saved_bytes = 0, constant_bytes = 0, parameter_bytes = 0, scratch_bytes = 0;
  std::vector<Row> rows;
};

// Opens the device and makes the plan ready, as the first step of the work would. Training where `train` is
// given, else inference.
PlanTable plan_table(const Model& model, const InspectCommand& command);

std::string classes_text(const Model& model);  // "1000 classes", or that it has no head
int64_t total_macs(const Model& model);

std::string layers_text(const Model& model, bool preprocessing_assumed);
std::string plan_text(const PlanTable& plan);

}  // namespace graft
