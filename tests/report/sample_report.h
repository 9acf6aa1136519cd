#pragma once

#include "transfer/report/report.h"

namespace graft::test {

// A complete report of a run over `classes` classes, names "class 0", "class 1", ...
TrainingReport sample_report(int64_t classes);

}  // namespace graft::test
