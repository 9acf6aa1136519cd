#pragma once

#include "engine/executor.h"
#include "transfer/graft.h"

namespace graft {

// What a caller chose, as the engine takes it. Error{call} where the device cannot do it.
std::unique_ptr<Device> open_device(const DeviceChoice& choice);
ExecutorOptions executor_options(const DeviceChoice& choice, const Device& device);

}  // namespace graft
