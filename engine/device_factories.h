#pragma once

#include <memory>

#include "engine/device.h"

namespace graft {

std::unique_ptr<Device> open_host_device(DeviceKind kind, int threads);
std::unique_ptr<Device> open_emulated_device(DeviceKind kind, int architecture, int threads);
std::unique_ptr<Device> open_checked_device(DeviceProperties properties);
std::unique_ptr<Device> open_cuda_device(int index);
int cuda_device_count();  // 0 where there is no driver

}  // namespace graft
