#include "transfer/cost/step_timer.h"

#include "transfer/inspection/spread.h"
#include "transfer/training/clock.h"

namespace graft {

namespace {

constexpr int runs = 5;

double input_seconds(const PlannedNetwork& network, const InputBatch& input) {
  const double began = now();
  network.stage(input);
  return now() - began;
}

}  // namespace

void StepTimer::OtherMemory::pass_through_caches() {
  lines_.resize((size_t{256} << 20) / sizeof(Line));
  for (Line& line : lines_) ++line.front();
}

StepTimer::StepTimer(const DeviceChoice& device) : device_(device), probe_(device) {}

void StepTimer::time(const ModelData& model, int64_t batch) {
  PlannedNetwork network(model, device_, {.batch = batch, .training = true});
  const InputBatch input = random_batch(model, batch, 0);
  const Plan& plan = network.executor().plan();
  std::vector<StepSize> sizes{size_of_input(plan)};
  for (const auto& step : plan.steps()) sizes.push_back(size_of_step(plan, *step));

  network.feed(input);
  std::vector<std::vector<double>> seconds(sizes.size());  // by run
  std::vector<double> probes{probe_.seconds()};
  for (int run = 0; run < runs; ++run) {
    seconds[0].push_back(input_seconds(network, input));
    const std::vector<double> of_steps = step_seconds(network);
    for (size_t i = 0; i < of_steps.size(); ++i) seconds[i + 1].push_back(of_steps[i]);
    probes.push_back(probe_.seconds());
  }
  for (size_t i = 0; i < sizes.size(); ++i)
    if (const double ratio = runs_in_probes(seconds[i], probes); ratio > 0)
      in_probes_.push_back({sizes[i], ratio});
  probe_seconds_.insert(probe_seconds_.end(), probes.begin(), probes.end());
}

std::vector<TimedStep> StepTimer::timed() const {
  const double probe = probe_seconds();
  std::vector<TimedStep> timed = in_probes_;
  for (TimedStep& step : timed) step.seconds *= probe;
  return timed;
}

double StepTimer::probe_seconds() const { return median(probe_seconds_); }

std::vector<double> StepTimer::step_seconds(const PlannedNetwork& network) {
  Device& device = network.device();
  Executor& executor = network.executor();
  const Plan& plan = executor.plan();
  std::vector<double> seconds(plan.steps().size());
  device.call([&] {
    const std::vector<int> order = plan.order();
    std::vector<std::unique_ptr<Event>> marks(order.size() + 1);
    for (auto& mark : marks) mark = device.make_event();
    // Frozen layers that run in turns always use the same memory.
    if (device.properties().cache_bytes > 0 && plan.stretches.empty()) other_.pass_through_caches();
    executor.run_marked(marks);
    for (size_t i = 0; i < order.size(); ++i)
      seconds[order[i]] += marks[i + 1]->seconds_since(*marks[i]) / plan.steps()[order[i]]->turns();
  });
  return seconds;
}

}  // namespace graft
