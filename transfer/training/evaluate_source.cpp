#include "transfer/training/evaluate_source.h"

#include "engine/check.h"
#include "transfer/training/batch_loop.h"
#include "transfer/training/metrics.h"

namespace graft {

EvaluateResult evaluate_source(Session& session, const ModelData& model, BatchSource& source,
                               const std::function<void(int64_t images)>& on_batch) {
  Evaluation evaluation(model.output_count());
  EvaluateResult result;
  source.seek(0, 0);
  for_each_batch(
      source,
      [&](const BatchSource::Batch& batch) {
        session.stage(source.from(), source.shapes(batch.count()), batch.inputs, {model.graph.output()});
      },
      [&] { session.start(); },
      [&](const BatchSource::Batch& batch) {
        const auto logits = session.finish()[0];
        evaluation.add(std::vector<int64_t>(batch.labels.begin(), batch.labels.end()), logits);
        result.labels.insert(result.labels.end(), batch.labels.begin(), batch.labels.end());
        result.indices.insert(result.indices.end(), batch.samples.begin(), batch.samples.end());
        result.logits.insert(result.logits.end(), logits.begin(), logits.end());
        if (on_batch) on_batch(static_cast<int64_t>(result.labels.size()));
        return true;
      });
  result.images = evaluation.confusion.images();
  GRAFT_CHECK(result.images > 0, file, "there is no image to evaluate");
  result.top1 = evaluation.top1();
  result.top5 = evaluation.top5();
  result.loss = evaluation.loss();
  return result;
}

}  // namespace graft
