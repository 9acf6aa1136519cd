#include "transfer/cost/peak_memory.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/cost/resident_memory.h"

namespace graft {

namespace {

size_t used_memory(Device& device) {
  const std::optional<MemoryState> memory = device.memory();
  GRAFT_CHECK(memory, device, device.properties().name, ": its driver does not say how much memory is free");
  return memory->total - memory->free;
}

}  // namespace

PeakMemory::PeakMemory(Device& device) : device_(device) {
  if (device.properties().separate_memory) {
    idle_ = used_memory(device);
  } else {
    settle_resident_memory();
    idle_ = resident_memory().now;
  }
}

// A session gives no memory of the device back while it runs, so the last state there is the peak.
size_t PeakMemory::bytes() const {
  const bool separate = device_.properties().separate_memory;
  const size_t peak = separate ? used_memory(device_) : resident_memory().peak;
  return peak - std::min(peak, idle_);
}

}  // namespace graft
