#pragma once

#include <memory>
#include <vector>

#include "engine/device.h"

namespace graft::test {

// The devices that run our kernels here.
inline std::vector<std::unique_ptr<Device>> kernel_devices() {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(open_device("emulated", {.threads = 2}));
  if (automatic_device().why_not_cuda.empty()) devices.push_back(open_device("cuda"));
  return devices;
}

}  // namespace graft::test
