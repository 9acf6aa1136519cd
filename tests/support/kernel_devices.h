#pragma once

#include <memory>
#include <vector>

#include "engine/device_factories.h"

namespace graft::test {

// The devices that run our kernels here.
inline std::vector<std::unique_ptr<Device>> kernel_devices() {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(open_device("emulated", {.threads = 2}));
  if (cuda_device_count() > 0) devices.push_back(open_device("cuda"));
  return devices;
}

}  // namespace graft::test
