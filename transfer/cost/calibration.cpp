#include "transfer/cost/calibration.h"

#include <algorithm>
#include <array>

#include "engine/check.h"
#include "kernels/onednn_entry.h"
#include "transfer/cost/child_process.h"
#include "transfer/cost/points.h"
#include "transfer/cost/probes.h"
#include "transfer/cost/rates_file.h"
#include "transfer/inspection/planned_network.h"
#include "transfer/inspection/spread.h"
#include "transfer/training/clock.h"

namespace graft {

namespace {

// Few images stay in the processor's caches from layer to layer, many do not.
constexpr int64_t batches[] = {8, 32};
constexpr int runs = 5;
// To be counted up where probes, kernels or what is timed of them change: older times are then left alone.
constexpr int probes_version = 11;

// In a large network a step finds in the caches what the steps just before it have left there, not what a
// small probe's run before did. But for frozen layers that run in turns, which always use the same memory.
class OtherMemory {
 public:
  void pass_through_caches() {
    lines_.resize((size_t{256} << 20) / sizeof(Line));
    for (Line& line : lines_) ++line.front();
  }

 private:
  using Line = std::array<char, 64>;
  std::vector<Line> lines_;
};

// Medians, as of the steps that are to be predicted.
double input_seconds(const PlannedNetwork& network, const InputBatch& input) {
  const float* pixels = input.pixels.data();
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    const double began = now();
    network.session().stage(network.request(), {&pixels, 1}, input.labels);
    seconds.push_back(now() - began);
  }
  return median(seconds);
}

// By step, of a turn.
std::vector<double> step_seconds(Device& device, Executor& executor, OtherMemory& other) {
  std::vector<std::vector<double>> seconds(executor.plan().steps().size());
  device.call([&] {
    const std::vector<int> order = executor.plan().order();
    std::vector<std::unique_ptr<Event>> marks(order.size() + 1);
    for (auto& mark : marks) mark = device.make_event();
    const bool cold = device.properties().cache_bytes > 0 && executor.plan().stretches.empty();
    for (int run = 0; run < runs; ++run) {
      if (cold) other.pass_through_caches();
      executor.run_marked(marks);
      for (size_t i = 0; i < order.size(); ++i)
        seconds[order[i]].push_back(marks[i + 1]->seconds_since(*marks[i]));
    }
  });
  std::vector<double> medians;
  for (const std::vector<double>& of_step : seconds) medians.push_back(median(of_step));
  return medians;
}

void time_probe(const ModelData& probe, const DeviceChoice& device, int64_t batch, OtherMemory& other,
                std::vector<TimedStep>& timed) {
  PlannedNetwork network(probe, device, {.batch = batch, .training = true});
  const InputBatch input = random_batch(probe, batch, 0);
  network.feed(input);
  const Plan& plan = network.executor().plan();
  timed.push_back({size_of_input(plan), input_seconds(network, input)});
  const std::vector<double> seconds = step_seconds(network.device(), network.executor(), other);
  for (size_t i = 0; i < seconds.size(); ++i)
    if (seconds[i] > 0) timed.push_back({size_of_step(plan, *plan.steps()[i]), seconds[i]});
}

std::vector<TimedStep> time_networks(const std::vector<ModelData>& networks,
                                     const std::vector<const char*>& points, const DeviceChoice& device) {
  std::vector<TimedStep> timed;
  OtherMemory other;
  for (const ModelData& network : networks)
    for (const char* point : points)
      for (const int64_t batch : batches) time_probe(at_point(network, point), device, batch, other, timed);
  return timed;
}

// What times of steps depend on.
std::string machine_of(const DeviceChoice& choice, const MeasuredDevice& device) {
  return text(device.hardware, ", ", choice.precision, ", provider ", choice.provider, ", oneDNN ",
              onednn_version(), ", probes ", probes_version);
}

}  // namespace

std::vector<TimedStep> time_probes(const DeviceChoice& device) {
  return time_networks(probe_networks(), {"head", "all"}, device);
}

double pace(const std::vector<TimedStep>& now, const std::vector<TimedStep>& then) {
  const std::map<std::string, double> before = least_seconds(then);
  double sum_now = 0, sum_then = 0;
  for (const auto& [size, seconds] : least_seconds(now))
    if (const auto known = before.find(size); known != before.end())
      sum_now += seconds, sum_then += known->second;
  GRAFT_CHECK(sum_then > 0, call, "no step was timed then and now");
  return sum_now / sum_then;
}

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
  return {Roofline(timed), [timed, choice, paces = std::vector<double>()]() mutable {
            paces.push_back(from_child<double>("timing probes", [&] {
              return pace(time_networks(pace_networks(), {"all"}, choice), timed);
            }));
            return mean(paces);
          }};
}

}  // namespace graft
