#pragma once

#include "transfer/report/report.h"

namespace graft {

// Error(call) where indices of the report do not fit its classes.
void check_report(const TrainingReport&);

}  // namespace graft
