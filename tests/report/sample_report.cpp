#include "report/sample_report.h"

#include "transfer/report/thumbnail.h"

namespace graft::test {

TrainingReport sample_report(int64_t classes) {
  TrainingReport report;
  report.device = "cpu";
  report.threads = 2;
  report.arch = "efficientnet_lite0";
  for (int64_t c = 0; c < classes; ++c) report.classes.push_back("class " + std::to_string(c));
  report.options = {
      {"train", std::string("head")}, {"epochs", int64_t{2}}, {"lr", 0.01}, {"head-first", false}};
  report.train_images = 40;
  report.trainable_parameters = 2562;
  report.frozen_parameters = 3371002;
  report.frozen_state_unchanged = true;
  report.frozen_hash_before = report.frozen_hash_after = "0123abcd";
  report.peak_memory_bytes = 123456789;
  report.seconds = 12.5;

  Evaluation evaluation(classes);
  for (int64_t truth = 0; truth < classes; ++truth) {
    evaluation.confusion.add(truth, truth, 3);
    evaluation.confusion.add(truth, (truth + 1) % classes, truth == 0 ? 2 : 1);
  }
  set_evaluation(report, evaluation);
  report.epochs = {{1, 0.7, 0.6, 0.5, 6.25, 6.4}, {2, 0.5, 0.45, report.val_top1, 6.25, 6.4}};
  report.last_val_top1 = report.val_top1;

  const std::vector<uint8_t> grey(3 * 8 * 6, 127);
  report.mistakes = {{"val/a.jpg", 0, 1 % classes, 0.97, jpeg_thumbnail(grey.data(), 8, 6, 24)}};
  report.warnings = {"one warning"};
  return report;
}

}  // namespace graft::test
