#pragma once

#include "engine/executor.h"
#include "transfer/graft.h"

namespace graft {

// What a precision's name means. Error{call} where it is none.
Math math_option(std::string_view option, const std::string& value);

// What a caller chose, as the engine takes it. Error{call} where the device cannot do it.
std::unique_ptr<Device> open_device(const DeviceChoice& choice);
ExecutorOptions executor_options(const DeviceChoice& choice, const Device& device);
// The same for the frozen layers in front of what trains, in a precision of their own.
ExecutorOptions prefix_options(ExecutorOptions options, Math math, const Device& device);

}  // namespace graft
