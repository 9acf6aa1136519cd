#pragma once

#include <string>

#include "transfer/graft.h"

namespace graft {

// What is measured: asked of the device in a child process, so that this one stays without a GPU and can have
// children that use it.
struct MeasuredDevice {
  std::string name, hardware;  // of the device; what computes, and by which driver
  int threads = 0;
  std::string why_no_energy;  // empty where it is counted
};
MeasuredDevice describe_device(const DeviceChoice& choice);

}  // namespace graft
