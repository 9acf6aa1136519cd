#include "transfer/inspection/profile.h"

#include <algorithm>
#include <map>

#include "engine/step_times.h"
#include "transfer/inspection/spread.h"

namespace graft {

namespace {

ProfiledStep describe(const Executor& executor, const Step& step) {
  return {.phase = std::string(name_of(step.phase())),
          .layer = step.layer(),
          .op = std::string(step.op()),
          .problem = step.problem_text(),
          .implementation = std::string(step.implementation()),
          .turns = step.turns(),
          .flops = 2 * step.macs() * step.turns(),
          .bytes = static_cast<int64_t>(operand_bytes(executor, step))};
}

void note_times(NetworkProfile& profile, const StepTimes& times) {
  std::vector<double> runs(times.marks.size());
  std::vector<std::vector<double>> of_steps;
  for (size_t run = 0; run < runs.size(); ++run) of_steps.push_back(times.steps(run));
  for (size_t i = 0; i < profile.steps.size(); ++i) {
    for (size_t run = 0; run < runs.size(); ++run) runs[run] = of_steps[run][i];
    const Spread spread = spread_of(runs);
    profile.steps[i].seconds = spread.median;
    profile.steps[i].seconds_min = spread.min;
    profile.steps_seconds += profile.steps[i].seconds;
  }
  for (ProfiledStep& step : profile.steps) step.share = step.seconds / profile.steps_seconds;
  for (size_t run = 0; run < runs.size(); ++run) runs[run] = times.marked(run);
  profile.marked_seconds = median(runs);
  const Spread whole = spread_of(times.whole);
  profile.seconds = whole.median;
  profile.seconds_min = whole.min;
  profile.marks = times.marks;
  profile.order = times.order;
}

}  // namespace

NetworkProfile profile_network(const ModelData& model, const DeviceChoice& device, const PlanChoice& plan,
                               const InputBatch& batch, int runs) {
  PlannedNetwork network(model, device, plan);
  network.feed(batch);
  NetworkProfile profile;
  profile.device = network.device().properties().name;
  profile.threads = network.device().properties().threads;
  for (const auto& step : network.executor().plan().steps())
    profile.steps.push_back(describe(network.executor(), *step));
  note_times(profile, time_steps(network.device(), network.executor(), runs));
  return profile;
}

std::vector<ProfiledGroup> by_implementation(const NetworkProfile& profile) {
  std::map<std::pair<std::string, std::string>, ProfiledGroup> groups;
  for (const ProfiledStep& step : profile.steps) {
    ProfiledGroup& group = groups[{step.op, step.implementation}];
    ++group.steps;
    group.sum.op = step.op;
    group.sum.implementation = step.implementation;
    group.sum.flops += step.flops;
    group.sum.bytes += step.bytes;
    group.sum.seconds += step.seconds;
    group.sum.seconds_min += step.seconds_min;
    group.sum.share += step.share;
  }
  std::vector<ProfiledGroup> sorted;
  for (auto& [key, group] : groups) sorted.push_back(std::move(group));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.sum.seconds > b.sum.seconds; });
  return sorted;
}

}  // namespace graft
