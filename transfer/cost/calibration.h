#pragma once

#include <filesystem>
#include <functional>

#include "transfer/cost/measured_device.h"
#include "transfer/cost/roofline.h"

namespace graft {

// Times the steps of probe_networks() on the device, inference and training: some seconds.
std::vector<TimedStep> time_probes(const DeviceChoice& device);

// The device's roofline: from what the file has of it or, where that is nothing or `anew`, from probes that
// are timed in a child process, behind a call of `before`, and kept there. Error{call} where the device
// stands for another.
Roofline calibrated(const std::filesystem::path& file, const DeviceChoice& choice,
                    const MeasuredDevice& device, bool anew, const std::function<void()>& before);

}  // namespace graft
