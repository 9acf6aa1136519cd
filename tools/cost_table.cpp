#include "tools/cost_table.h"

#include "engine/check.h"
#include "transfer/cost/energy.h"
#include "transfer/inspection/spread.h"
#include "transfer/report/html_text.h"

namespace graft {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

std::string milliseconds(double seconds) { return fixed_text(1e3 * seconds, 1); }
std::string mebibytes(size_t bytes) { return fixed_text(static_cast<double>(bytes) / mebibyte, 1); }

// A column: its name, and a point's figure; "-" where there is none.
struct Column {
  const char* name;
  std::function<std::string(const PointCost&)> figure;
};

Column planned(const char* name, std::function<std::string(const PlannedCost&)> figure) {
  return {name, [figure](const PointCost& cost) { return figure(cost.planned); }};
}

Column measured(const char* name, std::function<std::string(const MeasuredCost&)> figure) {
  return {name, [figure](const PointCost& cost) { return cost.measured ? figure(*cost.measured) : "-"; }};
}

template <class Value, class Text>
std::string known(const std::optional<Value>& value, const Text& as_text) {
  return value ? as_text(*value) : "-";
}

std::vector<Column> columns_of(const CostCommand& command, const CostFindings& findings) {
  std::vector<Column> columns{
      {"point", [](const PointCost& cost) { return cost.point; }},
      planned("trainable", [](const PlannedCost& p) { return std::to_string(p.trainable_parameters); }),
      planned(
          "GFLOP/image",
          [](const PlannedCost& p) { return fixed_text(static_cast<double>(p.flops_per_image) / 1e9, 2); }),
      planned("predicted ms", [](const PlannedCost& p) { return known(p.seconds, milliseconds); }),
      measured("step ms", [](const MeasuredCost& m) { return milliseconds(m.seconds.median); }),
      measured("least", [](const MeasuredCost& m) { return milliseconds(m.seconds.min); }),
      measured("most", [](const MeasuredCost& m) { return milliseconds(m.seconds.max); }),
      measured("cached ms",
               [](const MeasuredCost& m) {
                 return known(m.cached_seconds, [](const Spread& s) { return milliseconds(s.median); });
               }),
      planned("predicted MiB", [](const PlannedCost& p) { return mebibytes(p.peak_bytes); }),
      measured("peak MiB", [](const MeasuredCost& m) { return mebibytes(m.peak_bytes); }),
      planned("saved MiB", [](const PlannedCost& p) { return mebibytes(p.saved_bytes); }),
      planned("% of all",
              [all = static_cast<double>(findings.steps.saved_bytes_of_all)](const PlannedCost& p) {
                return all > 0 ? fixed_text(100 * static_cast<double>(p.saved_bytes) / all, 1) : "-";
              })};
  if (!findings.device.why_no_energy.empty()) return columns;
  columns.push_back(measured("joules", [](const MeasuredCost& m) {
    return known(m.joules, [](double joules) { return fixed_text(joules, 2); });
  }));
  if (command.carbon_intensity)
    columns.push_back(measured("mg CO2", [intensity = *command.carbon_intensity](const MeasuredCost& m) {
      return known(m.joules,
                   [&](double joules) { return fixed_text(1e3 * grams_co2(joules, intensity), 2); });
    }));
  return columns;
}

// "0.9542", or with its deviation over the seeds.
std::string with_deviation(const std::vector<double>& values, int decimals) {
  std::string out = fixed_text(mean(values), decimals);
  if (values.size() > 1) out += " +- " + fixed_text(standard_deviation(values), decimals);
  return out;
}

}  // namespace

TableRows cost_rows(const CostCommand& command, const CostFindings& findings) {
  const std::vector<Column> columns = columns_of(command, findings);
  TableRows rows(1);
  for (const Column& column : columns) rows[0].push_back(column.name);
  for (const PointCost& cost : findings.steps.points) {
    rows.emplace_back();
    for (const Column& column : columns) rows.back().push_back(column.figure(cost));
  }
  return rows;
}

TableRows accuracy_rows(const CostFindings& findings) {
  TableRows rows{{"point", "images", "rate", "is", "top-1", "seconds", "frontier"}};
  for (const AccuracyCost& cost : findings.trainings)
    rows.push_back({cost.point, std::to_string(cost.train_images), short_text(cost.learning_rate),
                    cost.rate_chosen ? "best of three" : "default", with_deviation(cost.top1, 4),
                    with_deviation(cost.seconds, 1), cost.on_frontier ? "*" : ""});
  return rows;
}

std::string cost_heading(const CostCommand& command, const CostFindings& findings) {
  const MeasuredInput& input = findings.input;
  return text(input.arch, " on ", findings.device.name, ", ", findings.device.threads,
              findings.device.threads == 1 ? " CPU thread, " : " CPU threads, ", command.device.precision,
              ", batch ", input.batch, ", ", input.image_size, " px, median of ", command.runs, " steps");
}

std::vector<std::string> cost_notes(const CostFindings& findings) {
  std::vector<std::string> notes;
  for (const PointCost& cost : findings.steps.points)
    if (!cost.failure.empty()) notes.push_back(text(cost.point, " was not measured: ", cost.failure));
  if (!findings.device.why_no_energy.empty())
    notes.push_back("energy is not known: " + findings.device.why_no_energy);
  for (const AccuracyCost& cost : findings.trainings)
    if (cost.features_found > 0)
      notes.push_back(text(cost.point, ", ", cost.train_images, " images: ", cost.features_found,
                           " features were found on disk, whose time is missing in its seconds"));
  return notes;
}

}  // namespace graft
