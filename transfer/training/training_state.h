#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/choose.h"
#include "engine/weights.h"
#include "transfer/graft.h"

namespace graft {

// All that a run needs to go on exactly where it stopped. It lies beside the model as M.graft.state.
struct TrainingState {
  enum class Stage : uint8_t { head, main } stage = Stage::head;
  int epoch = 0;        // finished ones of the stage
  int64_t batch = 0;    // finished ones of the epoch in progress
  uint64_t step = 0;    // optimizer steps of the stage
  double loss_sum = 0;  // of the epoch in progress, by sample
  int64_t seen = 0, correct = 0;

  int best_epoch = 0;                  // 0: none yet
  std::vector<EpochResult> rows;       // of the stage
  std::vector<EpochResult> head_rows;  // of the head's stage, once it is over
  double seconds = 0;                  // of all sessions so far

  Weights current;  // what trains and what moves
  std::vector<Weights> slots;
  Weights best;  // of the best epoch

  // What must be the same for a resumed run to be the same run; names and values.
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::pair<std::string, std::string>>
      machine;              // device, threads: a difference is told, not refused
  Choices implementations;  // likewise; reused where they still accept
};

std::filesystem::path state_path(const std::filesystem::path& model);
void write_state(const TrainingState& state, const std::filesystem::path& path);
TrainingState read_state(const std::filesystem::path& path);

}  // namespace graft
