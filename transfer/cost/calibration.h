#pragma once

#include <filesystem>
#include <functional>

#include "transfer/cost/measured_device.h"
#include "transfer/cost/roofline.h"

namespace graft {

struct Calibration {
  Roofline roofline;
  double probe_seconds = 0;  // what the pace probe (pace_probe.h) took at the pace of the roofline's steps
};

// From what the file has of the device or, where that is nothing or `anew`, from probes that are timed in a
// child process, behind a call of `before`, and kept there. Error{call} where the device stands for another.
Calibration calibrated(const std::filesystem::path& file, const DeviceChoice& choice,
                       const MeasuredDevice& device, bool anew, const std::function<void()>& before);

}  // namespace graft
