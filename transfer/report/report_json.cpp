#include <nlohmann/json.hpp>

#include "transfer/report/check_report.h"
#include "transfer/report/report.h"

namespace graft {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::vector<ReportOption>& options) {
  Json object = Json::object();
  for (const ReportOption& option : options)
    std::visit([&](const auto& value) { object[option.name] = value; }, option.value);
  return object;
}

template <class Row>
Json row_to_json(const char* key, int64_t number, const Row& row) {
  return {{key, number},
          {"train_loss", row.train_loss},
          {"val_loss", row.val_loss},
          {"val_top1", row.val_top1},
          {"seconds", row.seconds},
          {"images_per_second", row.images_per_second}};
}

Json per_class(const TrainingReport& report) {
  Json list = Json::array();
  const std::vector<ClassResult> results = per_class_results(report.confusion);
  for (size_t c = 0; c < results.size(); ++c) {
    const ClassResult& result = results[c];
    list.push_back({{"class", report.classes[c]},
                    {"images", result.images},
                    {"correct", result.correct},
                    {"accuracy", result.accuracy ? Json(*result.accuracy) : Json()}});
  }
  return list;
}

// Only the cells that are not zero: a thousand classes have a million cells.
Json confusion(const TrainingReport& report) {
  Json list = Json::array();
  for (const auto& [cell, images] : report.confusion.cells())
    list.push_back({{"truth", cell.first}, {"predicted", cell.second}, {"images", images}});
  return list;
}

Json mistakes(const TrainingReport& report) {
  Json list = Json::array();
  for (const Mistake& mistake : report.mistakes)
    list.push_back({{"image", mistake.path},
                    {"truth", mistake.truth},
                    {"predicted", mistake.predicted},
                    {"probability", mistake.probability}});
  return list;
}

// An empty hash is that of a run in which nothing was frozen.
Json hash_or_null(const std::string& hash) { return hash.empty() ? Json() : Json(hash); }

}  // namespace

std::string report_json(const TrainingReport& report) {
  check_report(report);
  Json json;
  json["device"] = report.device;
  json["threads"] = report.threads;
  json["arch"] = report.arch;
  json["classes"] = report.classes;
  json["options"] = to_json(report.options);
  json["train_images"] = report.train_images;
  json["val_images"] = report.val_images;
  json["trainable_parameters"] = report.trainable_parameters;
  json["frozen_parameters"] = report.frozen_parameters;
  json["frozen_state_unchanged"] =
      report.frozen_state_unchanged ? Json(*report.frozen_state_unchanged) : Json();
  json["frozen_hash_before"] = hash_or_null(report.frozen_hash_before);
  json["frozen_hash_after"] = hash_or_null(report.frozen_hash_after);
  json["peak_memory_bytes"] = report.peak_memory_bytes;
  json["seconds"] = report.seconds;
  json["val_top1"] = report.val_top1;
  json["last_val_top1"] = report.last_val_top1;
  json["balanced_accuracy"] = report.balanced_accuracy;
  json["macro_f1"] = report.macro_f1;
  json["majority_baseline"] = report.majority_baseline;
  json["val_top1_interval"] = {report.val_top1_interval.low, report.val_top1_interval.high};
  json["head_first"] =
      report.head_first ? row_to_json("epochs", report.head_first->epochs, *report.head_first) : Json();
  json["epochs"] = Json::array();
  for (const EpochRow& row : report.epochs) json["epochs"].push_back(row_to_json("epoch", row.epoch, row));
  json["per_class"] = per_class(report);
  json["confusion"] = confusion(report);
  json["mistakes"] = mistakes(report);
  json["warnings"] = report.warnings;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace graft
