#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "transfer/training/metrics.h"

namespace graft {

// One option of the run as it was used, defaults included; `name` without the leading dashes.
struct ReportOption {
  std::string name;
  std::variant<bool, int64_t, double, std::string> value;
};

// A figure that is not known (no validation images in this epoch) is NaN: null in JSON, a gap in the curves.
struct EpochRow {
  int64_t epoch = 0;  // from 1
  double train_loss = 0;
  double val_loss = 0;
  double val_top1 = 0;
  double seconds = 0;
  double images_per_second = 0;
};

// The head trained alone before the rest; not among the epochs.
struct HeadFirstRow {
  int64_t epochs = 0;
  double train_loss = 0;
  double val_loss = 0;
  double val_top1 = 0;
  double seconds = 0;
  double images_per_second = 0;
};

// A held-out image that was given the wrong class.
struct Mistake {
  std::string path;
  int64_t truth = 0;               // index into classes
  int64_t predicted = 0;           // index into classes
  double probability = 0;          // of the wrong answer
  std::vector<uint8_t> thumbnail;  // a JPEG or PNG file; empty: no picture
};

// What a training run did and what came of it. Sizes in bytes, times in seconds, accuracies as fractions.
// Names and paths may hold any bytes: both writers escape them and replace what is not UTF-8.
struct TrainingReport {
  std::string device;
  int64_t threads = 0;
  std::string arch;
  std::vector<std::string> classes;
  std::vector<ReportOption> options;

  int64_t train_images = 0;
  int64_t val_images = 0;
  int64_t trainable_parameters = 0;
  int64_t frozen_parameters = 0;
  std::optional<bool> frozen_state_unchanged;  // nothing where nothing was frozen
  std::string frozen_hash_before, frozen_hash_after;
  int64_t peak_memory_bytes = 0;
  double seconds = 0;

  double val_top1 = 0;       // of the saved file: the best epoch, the earlier on a tie
  double last_val_top1 = 0;  // of the last epoch
  double balanced_accuracy = 0;
  double macro_f1 = 0;
  double majority_baseline = 0;
  Interval val_top1_interval;  // 95 %, Wilson
  ConfusionMatrix confusion;   // of the saved file

  std::optional<HeadFirstRow> head_first;
  std::vector<EpochRow> epochs;
  std::vector<std::string> warnings;
  std::vector<Mistake> mistakes;  // the most confident first
};

// Sets val_images, val_top1 and everything else that follows from the evaluation of the saved file.
// Error(call) where it saw no image.
void set_evaluation(TrainingReport&, const Evaluation&);

// Both are Error(call) where the confusion matrix or a mistake does not fit `classes`.
std::string report_json(const TrainingReport&);
// One page that loads nothing: curves are SVG, pictures data: URIs, no script.
std::string report_html(const TrainingReport&);

// Error(file) naming the path; a reader sees the old file or the whole new one.
void write_report_json(const TrainingReport&, const std::filesystem::path&);
void write_report_html(const TrainingReport&, const std::filesystem::path&);

}  // namespace graft
