#pragma once

#include <functional>

#include "transfer/graft.h"
#include "transfer/model/model_data.h"
#include "transfer/training/batch_source.h"
#include "transfer/training/session.h"

namespace graft {

// Runs the network over one pass of the source and compares with the labels. Error{file} where the source is
// empty. `on_batch` is told how many images have been seen, and may throw.
EvaluateResult evaluate_source(Session& session, const ModelData& model, BatchSource& source,
                               const std::function<void(int64_t images)>& on_batch = {});

}  // namespace graft
