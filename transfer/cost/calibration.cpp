#include "transfer/cost/calibration.h"

#include <algorithm>

#include "engine/check.h"
#include "kernels/onednn_entry.h"
#include "transfer/cost/child_process.h"
#include "transfer/cost/points.h"
#include "transfer/cost/probes.h"
#include "transfer/cost/rates_file.h"
#include "transfer/cost/step_timer.h"

namespace graft {

namespace {

// Few images stay in the processor's caches from layer to layer, many do not.
constexpr int64_t batches[] = {8, 32};
// To be counted up where probes, kernels or what is timed of them change: older times are then left alone.
constexpr int probes_version = 17;

// What times of steps depend on.
std::string machine_of(const DeviceChoice& choice, const MeasuredDevice& device) {
  return text(device.hardware, ", ", choice.precision, ", provider ", choice.provider, ", oneDNN ",
              onednn_version(), ", probes ", probes_version);
}

// As what the pace probe is kept among the steps: none of them has this kind.
constexpr const char* pace_kind = "pace";

// Inference and training: a minute or two.
std::vector<TimedStep> time_probes(const DeviceChoice& device) {
  StepTimer timer(device);
  for (const ModelData& network : probe_networks())
    for (const char* point : {"head", "all"})
      for (const int64_t batch : batches) timer.time(at_point(network, point), batch);
  std::vector<TimedStep> timed = timer.timed();
  const StepSize pace{.kind = pace_kind, .flops = 0, .bytes = 1};
  timed.push_back({pace, timer.probe_seconds()});
  return timed;
}

Calibration calibration_of(const std::filesystem::path& file, const std::vector<TimedStep>& timed) {
  const auto pace = std::find_if(timed.begin(), timed.end(),
                                 [](const TimedStep& step) { return step.size.kind == pace_kind; });
  GRAFT_CHECK(pace != timed.end(), format, file.string(), ": has no time of a pace; delete it");
  return {Roofline(timed), pace->seconds};
}

}  // namespace

Calibration calibrated(const std::filesystem::path& file, const DeviceChoice& choice,
                       const MeasuredDevice& device, bool anew, const std::function<void()>& before) {
  GRAFT_CHECK(!device.hardware.empty(), call, "costs are of --device cuda and cpu, not of '", device.name,
              "', whose times mean nothing");
  const std::string machine = machine_of(choice, device);
  std::vector<TimedStep> timed = read_rates(file, machine);
  if (anew || timed.empty()) {
    before();
    text_from_child("calibrating", [&] {
      add_rates(file, machine, time_probes(choice));
      return std::string();
    });
    timed = read_rates(file, machine);
  }
  return calibration_of(file, timed);
}

}  // namespace graft
