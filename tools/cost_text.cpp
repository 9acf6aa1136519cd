#include "tools/cost_text.h"

#include "engine/check.h"
#include "tools/text_table.h"
#include "transfer/cost/energy.h"
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

std::vector<Column> columns_of(const FreezeCosts& costs, const MeasuredDevice& device,
                               const std::optional<double>& carbon_intensity) {
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
      planned("% of all", [all = static_cast<double>(costs.saved_bytes_of_all)](const PlannedCost& p) {
        return all > 0 ? fixed_text(100 * static_cast<double>(p.saved_bytes) / all, 1) : "-";
      })};
  if (!device.why_no_energy.empty()) return columns;
  columns.push_back(measured("joules", [](const MeasuredCost& m) {
    return known(m.joules, [](double joules) { return fixed_text(joules, 2); });
  }));
  if (carbon_intensity)
    columns.push_back(measured("mg CO2", [intensity = *carbon_intensity](const MeasuredCost& m) {
      return known(m.joules,
                   [&](double joules) { return fixed_text(1e3 * grams_co2(joules, intensity), 2); });
    }));
  return columns;
}

}  // namespace

std::string cost_text(const FreezeCosts& costs, const MeasuredDevice& device,
                      const std::optional<double>& carbon_intensity) {
  const std::vector<Column> columns = columns_of(costs, device, carbon_intensity);
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows[0].push_back(column.name);
  for (const PointCost& cost : costs.points) {
    rows.emplace_back();
    for (const Column& column : columns) rows.back().push_back(column.figure(cost));
  }
  std::string out = text_table(rows, "l" + std::string(columns.size() - 1, 'r'));
  for (const PointCost& cost : costs.points)
    if (!cost.failure.empty()) out += text(cost.point, " was not measured: ", cost.failure, '\n');
  if (!device.why_no_energy.empty()) out += text("energy is not known: ", device.why_no_energy, '\n');
  return out;
}

}  // namespace graft
