#pragma once

#include "tools/commands.h"
#include "tools/evaluation.h"
#include "transfer/data/summary.h"
#include "transfer/report/report.h"

namespace graft {

// The most memory that this process ever had, in bytes.
int64_t peak_memory();

// What the run did; `result` of training, `evaluation` of the model it left on the held-out images.
TrainingReport training_report(const TrainCommand& command, const Model& model, const ImageFolder& train,
                               const ImageFolder& held_out, const TrainResult& result,
                               const EvaluateResult& evaluation, const DatasetSummary& data);

// DIR/report.json and DIR/report.html.
void write_report(const TrainingReport& report, const std::string& folder);

}  // namespace graft
