#include "engine/step_times.h"

namespace graft {

namespace {

std::vector<std::unique_ptr<Event>> events(Device& device, size_t count) {
  std::vector<std::unique_ptr<Event>> made(count);
  for (auto& event : made) event = device.make_event();
  return made;
}

}  // namespace

std::vector<double> StepTimes::steps(size_t run) const {
  std::vector<double> seconds;
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t step = order[i];
    seconds.resize(std::max(seconds.size(), step + 1));
    seconds[step] += marks[run][i + 1] - marks[run][i];
  }
  return seconds;
}

StepTimes time_steps(Device& device, Executor& executor, int runs) {
  StepTimes times;
  times.order = executor.plan().order();
  device.call([&] {
    const auto marks = events(device, times.order.size() + 1);
    const auto origin = events(device, 1), ends = events(device, 2);
    origin[0]->record(device.stream());
    executor.start();  // where a device records plans, this run makes the recording
    executor.wait();
    for (int run = 0; run < runs; ++run) {
      executor.run_marked(marks);
      // From mark to mark: a device counts long times less finely.
      std::vector<double>& seconds = times.marks.emplace_back(1, marks[0]->seconds_since(*origin[0]));
      for (size_t i = 1; i < marks.size(); ++i)
        seconds.push_back(seconds.back() + marks[i]->seconds_since(*marks[i - 1]));
      ends[0]->record(device.stream());
      executor.start();
      ends[1]->record(device.stream());
      executor.wait();
      times.whole.push_back(ends[1]->seconds_since(*ends[0]));
    }
  });
  const double first = times.marks.empty() ? 0 : times.marks[0][0];
  for (auto& run : times.marks)
    for (double& mark : run) mark -= first;
  return times;
}

size_t operand_bytes(const Executor& executor, const Step& step) {
  size_t bytes = 0;
  for (ValueId id : step.reads()) bytes += executor.address(id).bytes();
  for (ValueId id : step.writes()) bytes += executor.address(id).bytes();
  return bytes * step.turns();
}

}  // namespace graft
