#include "transfer/cost/measured_cost.h"

#include "transfer/cost/energy.h"
#include "transfer/cost/peak_memory.h"
#include "transfer/features/cut.h"
#include "transfer/training/clock.h"
#include "transfer/training/execution.h"

namespace graft {

namespace {

// The first loads what the device runs, the second may record it.
constexpr int warm_ups = 2;
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

Spread time_steps(Session& session, const StepInput& input, int runs) {
  std::vector<double> seconds;
  for (int run = -warm_ups; run < runs; ++run) {
    const double began = now();
    run_step(session, input);
    if (run >= 0) seconds.push_back(now() - began);
  }
  return spread_of(seconds);
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
  return time_steps(session, cached, runs);
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
  cost.seconds = time_steps(network.session(), images, runs);
  cost.peak_bytes = memory.bytes();
  cost.joules = joules_of_step(network.session(), images);
  cost.cached_seconds = time_cached_steps(model, network.session(), images, runs);
  return cost;
}

}  // namespace graft
