#include "tools/evaluation.h"

#include "engine/check.h"
#include "transfer/report/html_text.h"

namespace graft {

Evaluation evaluation_of(const EvaluateResult& result, size_t classes) {
  Evaluation evaluation(static_cast<int64_t>(classes));
  evaluation.add(std::vector<int64_t>(result.labels.begin(), result.labels.end()), result.logits);
  return evaluation;
}

std::string accuracy_text(const Evaluation& evaluation) {
  const Interval interval = evaluation.top1_interval();
  return text("accuracy ", fixed_text(evaluation.top1(), 4), " (95 % interval ", fixed_text(interval.low, 4),
              " to ", fixed_text(interval.high, 4), "), majority class ",
              fixed_text(majority_baseline(evaluation.confusion), 4));
}

}  // namespace graft
