#include "tools/profile_text.h"

#include <cmath>

#include "engine/check.h"
#include "tools/text_table.h"
#include "transfer/report/html_text.h"

namespace graft {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string milliseconds(double seconds) { return fixed_text(1e3 * seconds, 3); }

std::string millions(double count, int decimals) {
  return count == 0 ? "-" : fixed_text(count / 1e6, decimals);
}

// The columns that steps and groups share.
const std::vector<std::string> columns{"ms", "least", "share %", "MFLOP", "MB", "GFLOP/s", "GB/s"};

void add_figures(std::vector<std::string>& row, const ProfiledStep& step) {
  row.insert(row.end(),
             {milliseconds(step.seconds), milliseconds(step.seconds_min), fixed_text(100 * step.share, 1),
              millions(static_cast<double>(step.flops), 1), millions(static_cast<double>(step.bytes), 2),
              millions(step.flops_per_second() / 1e3, 1), millions(step.bytes_per_second() / 1e3, 2)});
}

Rows headed(std::vector<std::string> names) {
  names.insert(names.end(), columns.begin(), columns.end());
  return {std::move(names)};
}

}  // namespace

std::string steps_text(const NetworkProfile& profile) {
  Rows rows = headed({"step", "phase", "layer", "op", "problem", "turns", "implementation"});
  for (const ProfiledStep& step : profile.steps) {
    const std::string number = std::to_string(rows.size());
    add_figures(
        rows.emplace_back(std::vector<std::string>{number, step.phase, step.layer, step.op, step.problem,
                                                   std::to_string(step.turns), step.implementation}),
        step);
  }
  return text_table(rows, "rllllrlrrrrrrr");
}

std::string groups_text(const NetworkProfile& profile) {
  Rows rows = headed({"op", "implementation", "steps"});
  for (const ProfiledGroup& group : by_implementation(profile))
    add_figures(rows.emplace_back(std::vector<std::string>{group.sum.op, group.sum.implementation,
                                                           std::to_string(group.steps)}),
                group.sum);
  return text_table(rows, "llrrrrrrrr");
}

std::string totals_text(const NetworkProfile& profile) {
  const double more = profile.marked_seconds / profile.seconds - 1;
  double least = 0;
  for (const ProfiledStep& step : profile.steps) least += step.seconds_min;
  std::string out =
      text("sum of the steps ", milliseconds(profile.steps_seconds), " ms (least ", milliseconds(least),
           "); a run with its steps timed ", milliseconds(profile.marked_seconds), " ms; a run left alone ",
           milliseconds(profile.seconds), " ms (least ", milliseconds(profile.seconds_min), "); timing adds ",
           fixed_text(100 * more, 1), " %\n");
  if (std::abs(profile.steps_seconds / profile.marked_seconds - 1) > 0.1)
    out +=
        "The steps' medians do not add up to a run: something else used the machine. Try --threads 1, or "
        "look at the least times.\n";
  return out;
}

}  // namespace graft
