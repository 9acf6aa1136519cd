#include "transfer/report/report.h"

#include "transfer/report/write_file.h"

namespace graft {

void set_evaluation(TrainingReport& report, const Evaluation& evaluation) {
  const ConfusionMatrix& confusion = evaluation.confusion;
  report.val_top1 = top1_accuracy(confusion);
  report.val_top1_interval = evaluation.top1_interval();
  report.balanced_accuracy = balanced_accuracy(confusion);
  report.macro_f1 = macro_f1(confusion);
  report.majority_baseline = majority_baseline(confusion);
  report.val_images = confusion.images();
  report.confusion = confusion;
}

void write_report_json(const TrainingReport& report, const std::filesystem::path& path) {
  write_text_file(path, report_json(report));
}

void write_report_html(const TrainingReport& report, const std::filesystem::path& path) {
  write_text_file(path, report_html(report));
}

}  // namespace graft
