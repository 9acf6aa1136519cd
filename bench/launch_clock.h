#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "engine/device.h"

namespace graft::bench {

// Times work, launch after launch. Where the device has memory of its own, by its events, each launch with a
// second-level cache that holds other memory; the launches are queued behind the clearing of that memory, so
// that no gap between them is counted. Elsewhere by the host's clock.
class LaunchClock {
 public:
  explicit LaunchClock(Device& device);

  // The seconds of each of `times` calls of `work`, which gives its work to the device's stream. For
  // profilers the calls lie in a range named "timed".
  std::vector<double> time(int times, const std::function<void()>& work);

 private:
  void queue(int times, const std::function<void()>& work, std::vector<double>& seconds);

  static constexpr int at_once = 10;
  Device& device_;
  Buffer other_;
  std::vector<std::unique_ptr<Event>> events_;
};

}  // namespace graft::bench
