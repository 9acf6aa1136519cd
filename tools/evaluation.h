#pragma once

#include <string>

#include "transfer/graft.h"
#include "transfer/training/metrics.h"

namespace graft {

Evaluation evaluation_of(const EvaluateResult& result, size_t classes);

// Accuracy with its 95 % interval, and what always answering the most frequent class would get.
std::string accuracy_text(const Evaluation& evaluation);

}  // namespace graft
