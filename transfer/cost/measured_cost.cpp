#include "transfer/cost/measured_cost.h"

#include "transfer/cost/energy.h"
#include "transfer/cost/pace_probe.h"
#include "transfer/cost/peak_memory.h"
#include "transfer/features/cut.h"
#include "transfer/training/clock.h"
#include "transfer/training/execution.h"

namespace graft {

namespace {

// The first loads what the device runs, the second may record it.
constexpr int warm_ups = 2;
// Of a step's time: how long the pace is looked at behind it, so that a long step's is no short moment's.
constexpr double probed_share = 0.1;
// Counters of energy move some ten times a second.
constexpr double counted_seconds = 2;

// What a training step reads.
struct StepInput {
  std::vector<NodeId> from;
  std::vector<Shape> shapes;
  std::vector<const float*> values;
  std::span<const int32_t> labels;
};

void run_step(Session& session, const StepInput& input) {
  session.train(input.from, input.shapes, input.values, input.labels, StepState{});  // with a rate of 0
}

double seconds_of_step(Session& session, const StepInput& input) {
  const double began = now();
  run_step(session, input);
  return now() - began;
}

// Returns the seconds of the last step.
double warm_up(Session& session, const StepInput& input) {
  double seconds = 0;
  for (int run = 0; run < warm_ups; ++run) seconds = seconds_of_step(session, input);
  return seconds;
}

// `about`: how long a step takes.
void time_paced_steps(Session& session, const StepInput& input, int runs, double about, PaceProbe probe,
                      MeasuredCost& cost) {
  std::vector<double> seconds, probe_seconds{probe.seconds(probed_share * about)};
  for (int run = 0; run < runs; ++run) {
    seconds.push_back(seconds_of_step(session, input));
    probe_seconds.push_back(probe.seconds(probed_share * seconds.back()));
  }
  cost.seconds = spread_of(seconds);
  cost.probe_seconds = cost.seconds.median / runs_in_probes(seconds, probe_seconds);
}

std::optional<double> joules_of_step(Session& session, const StepInput& input) {
  const FoundCounter found = energy_counter(session.device().properties());
  if (!found.counter) return std::nullopt;
  const double before = found.counter->joules();
  const double began = now();
  int steps = 0;
  for (; steps == 0 || now() - began < counted_seconds; ++steps) run_step(session, input);
  return (found.counter->joules() - before) / steps;
}

std::optional<Spread> time_cached_steps(const ModelData& model, Session& session, const StepInput& images,
                                        int runs) {
  const std::vector<NodeId> cut = cut_of(model.graph);
  if (cut.empty()) return std::nullopt;
  const auto features = session.infer(images.from, images.shapes, images.values, cut);
  StepInput cached{.from = cut,
                   .shapes = shapes_at(model.graph, cut, images.shapes[0]),
                   .values = {},
                   .labels = images.labels};
  for (const auto& values : features) cached.values.push_back(values.data());
  warm_up(session, cached);
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) seconds.push_back(seconds_of_step(session, cached));
  return spread_of(seconds);
}

}  // namespace

MeasuredCost measure_cost(const ModelData& model, const DeviceChoice& choice, const InputBatch& batch,
                          int runs) {
  const std::unique_ptr<Device> watched = open_device(choice);
  const PeakMemory memory(*watched);
  const PlannedNetwork network(model, choice, {.batch = batch.count(), .training = true});
  const StepInput images{.from = network.request().from,
                         .shapes = network.request().shapes,
                         .values = {batch.pixels.data()},
                         .labels = batch.labels};
  MeasuredCost cost;
  const double about = warm_up(network.session(), images);
  cost.peak_bytes = memory.bytes();
  time_paced_steps(network.session(), images, runs, about, PaceProbe(choice), cost);
  cost.joules = joules_of_step(network.session(), images);
  cost.cached_seconds = time_cached_steps(model, network.session(), images, runs);
  return cost;
}

}  // namespace graft
