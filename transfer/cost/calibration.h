#pragma once

#include <filesystem>
#include <functional>

#include "transfer/cost/measured_device.h"
#include "transfer/cost/roofline.h"

namespace graft {

// Times the steps of probe_networks() on the device, inference and training: some seconds.
std::vector<TimedStep> time_probes(const DeviceChoice& device);

// How many times as long the steps took `now` as `then`: of all that are in both, by their sums. Error{call}
// where none is.
double pace(const std::vector<TimedStep>& now, const std::vector<TimedStep>& then);

struct Calibration {
  Roofline roofline;
  // How many times as long as for the roofline a few of the probes take now, in child processes, on the mean
  // of all calls: about a second each. Other programs make a machine slower for seconds and for hours; a
  // second alone says little about the next.
  std::function<double()> pace;
};

// From what the file has of the device or, where that is nothing or `anew`, from probes that are timed in a
// child process, behind a call of `before`, and kept there. Error{call} where the device stands for another.
Calibration calibrated(const std::filesystem::path& file, const DeviceChoice& choice,
                       const MeasuredDevice& device, bool anew, const std::function<void()>& before);

}  // namespace graft
