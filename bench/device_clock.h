#pragma once

#include <vector>

#include "bench/cases.h"

namespace graft::bench {

// Times work by the device's own events, each time with a second-level cache that holds other memory. The
// launches are queued behind the clearing of that memory, so that no gap between them is counted.
class DeviceClock {
 public:
  explicit DeviceClock(Device& device) : device_(device), other_(device, size_t{256} << 20) {
    for (int i = 0; i < 2 * times; ++i) events_.push_back(device.make_event());
  }

  template <class Work>
  Passed time(const Work& work) {
    double seconds = 0;
    device_.call([&] {
      Stream& stream = device_.stream();
      for (int i = 0; i < times; ++i) {
        device_.fill(other_.data(), 0, other_.bytes(), stream);
        events_[2 * i]->record(stream);
        work();
        events_[2 * i + 1]->record(stream);
      }
      stream.synchronize();
      for (int i = 0; i < times; ++i) seconds += events_[2 * i + 1]->seconds_since(*events_[2 * i]);
    });
    return {times, seconds};
  }

 private:
  static constexpr int times = 10;
  Device& device_;
  Buffer other_;
  std::vector<std::unique_ptr<Event>> events_;
};

}  // namespace graft::bench
