#include "transfer/report/check_report.h"

#include "engine/check.h"

namespace graft {

void check_report(const TrainingReport& report) {
  const int64_t classes = static_cast<int64_t>(report.classes.size());
  GRAFT_CHECK(report.confusion.classes() == classes, call, "the report's confusion matrix has ",
              report.confusion.classes(), " classes and its list of classes ", classes);
  for (const Mistake& mistake : report.mistakes)
    for (int64_t index : {mistake.truth, mistake.predicted})
      GRAFT_CHECK(index >= 0 && index < classes, call, "the report's mistake ", mistake.path, " names class ",
                  index, " of ", classes);
}

}  // namespace graft
