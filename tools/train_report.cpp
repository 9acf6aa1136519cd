#include "tools/train_report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/check.h"
#include "transfer/data/dataset.h"
#include "transfer/image/decode.h"
#include "transfer/report/thumbnail.h"

namespace graft {
namespace {

EpochRow row_of(const EpochResult& e) {
  return {e.epoch, e.train_loss, e.val_loss, e.val_top1, e.seconds, e.images_per_second};
}

double softmax_of(std::span<const float> logits, int64_t index) {
  return std::exp(-cross_entropy(logits, index));
}

std::vector<Mistake> confident_mistakes(const ImageFolder& held_out, const EvaluateResult& result) {
  constexpr size_t most = 24;
  const size_t classes = held_out.classes().size();
  std::vector<Mistake> mistakes;
  for (size_t i = 0; i < result.labels.size(); ++i) {
    const auto logits = std::span(result.logits).subspan(i * classes, classes);
    const int64_t predicted = predicted_class(logits);
    if (predicted == result.labels[i]) continue;
    mistakes.push_back({.path = held_out.dataset()->samples[result.indices[i]].path.string(),
                        .truth = result.labels[i],
                        .predicted = predicted,
                        .probability = softmax_of(logits, predicted),
                        .thumbnail = {}});
  }
  std::ranges::stable_sort(mistakes, std::ranges::greater(), &Mistake::probability);
  if (mistakes.size() > most) mistakes.resize(most);
  for (Mistake& mistake : mistakes) {
    const Image image = decode_file(mistake.path);
    mistake.thumbnail = jpeg_thumbnail(image.rgb.data(), image.width, image.height, int64_t{3} * image.width);
  }
  return mistakes;
}

ReportOption option_of(const std::string& name, const std::string& value) {
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !std::isfinite(number)) return {name, value};
  if (number == std::floor(number) && std::abs(number) < 1e15) return {name, static_cast<int64_t>(number)};
  return {name, number};
}

}  // namespace

int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1024 * std::atoll(line.c_str() + 6);
  fail(ErrorCode::file, "/proc/self/status: tells no VmHWM");
}

TrainingReport training_report(const TrainCommand& command, const Model& model, const ImageFolder& train,
                               const ImageFolder& held_out, const TrainResult& result,
                               const EvaluateResult& evaluation, const DatasetSummary& data) {
  TrainingReport report;
  report.device = result.device;
  report.threads = result.threads;
  report.arch = model.arch();
  report.classes = model.classes();
  report.options = {{"data", command.data}, {"weights", command.source.weights}, {"train", command.train}};
  for (const auto& [name, value] : result.options) report.options.push_back(option_of(name, value));
  report.options.push_back({"preprocess", model.preprocessing()});
  report.train_images = static_cast<int64_t>(train.size());
  report.trainable_parameters = result.trainable_parameters;
  report.frozen_parameters = result.frozen_parameters;
  report.frozen_hash_before = result.frozen_hash_before;
  report.frozen_hash_after = result.frozen_hash_after;
  if (!result.frozen_hash_before.empty())
    report.frozen_state_unchanged = result.frozen_hash_before == result.frozen_hash_after;
  report.peak_memory_bytes = peak_memory();
  report.seconds = result.seconds;
  report.last_val_top1 = result.last_val_top1;
  if (const auto& h = result.head_first)
    report.head_first = {h->epoch, h->train_loss, h->val_loss, h->val_top1, h->seconds, h->images_per_second};
  for (const EpochResult& epoch : result.epochs) report.epochs.push_back(row_of(epoch));
  report.warnings = result.warnings;
  for (const DuplicateImage& d : data.duplicates)
    report.warnings.push_back(
        text("held-out image ", d.val, " is byte for byte the training image ", d.train));
  set_evaluation(report, evaluation_of(evaluation, held_out.classes().size()));
  report.mistakes = confident_mistakes(held_out, evaluation);
  return report;
}

void write_report(const TrainingReport& report, const std::string& folder) {
  write_report_json(report, std::filesystem::path(folder) / "report.json");
  write_report_html(report, std::filesystem::path(folder) / "report.html");
}

}  // namespace graft
