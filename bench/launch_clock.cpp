#include "bench/launch_clock.h"

namespace graft::bench {

LaunchClock::LaunchClock(Device& device) : device_(device) {
  for (int i = 0; i < 2 * at_once; ++i) events_.push_back(device.make_event());
  if (device.properties().separate_memory) other_ = Buffer(device, size_t{256} << 20);
}

std::vector<double> LaunchClock::time(int times, const std::function<void()>& work) {
  std::vector<double> seconds;
  device_.call([&] {
    for (int left = times; left > 0; left -= at_once) queue(std::min(left, at_once), work, seconds);
  });
  return seconds;
}

void LaunchClock::queue(int times, const std::function<void()>& work, std::vector<double>& seconds) {
  Stream& stream = device_.stream();
  for (int i = 0; i < times; ++i) {
    if (other_.bytes() > 0) device_.fill(other_.data(), 0, other_.bytes(), stream);
    events_[2 * i]->record(stream);
    {
      const StreamRange range(stream, "timed");
      work();
    }
    events_[2 * i + 1]->record(stream);
  }
  stream.synchronize();
  for (int i = 0; i < times; ++i) seconds.push_back(events_[2 * i + 1]->seconds_since(*events_[2 * i]));
}

}  // namespace graft::bench
