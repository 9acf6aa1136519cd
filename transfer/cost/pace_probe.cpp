#include "transfer/cost/pace_probe.h"

#include "engine/check.h"
#include "transfer/cost/points.h"
#include "transfer/cost/probes.h"
#include "transfer/inspection/spread.h"
#include "transfer/training/clock.h"

namespace graft {

namespace {

constexpr int64_t batch = 4;

}  // namespace

PaceProbe::PaceProbe(const DeviceChoice& device) {
  for (const ModelData& network : pace_networks()) models_.push_back(at_point(network, "all"));
  for (const ModelData& model : models_) {
    networks_.push_back(
        std::make_unique<PlannedNetwork>(model, device, PlanChoice{.batch = batch, .training = true}));
    networks_.back()->feed(random_batch(model, batch, 0));
  }
}

void PaceProbe::run() {
  for (const auto& network : networks_)
    network->device().call([&] {
      network->executor().start();
      network->executor().wait();
    });
}

double PaceProbe::seconds(double at_least) {
  const double began = now();
  double passed = 0;
  int runs = 0;
  do {
    run();
    ++runs;
    passed = now() - began;
  } while (passed < at_least);
  return passed / runs;
}

double runs_in_probes(const std::vector<double>& seconds, const std::vector<double>& probe_seconds) {
  GRAFT_CHECK(!seconds.empty() && probe_seconds.size() == seconds.size() + 1, call,
              "each run needs the probe in front of it and behind it");
  std::vector<double> ratios;
  for (size_t i = 0; i < seconds.size(); ++i)
    ratios.push_back(2 * seconds[i] / (probe_seconds[i] + probe_seconds[i + 1]));
  return median(ratios);
}

}  // namespace graft
