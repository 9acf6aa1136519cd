#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "engine/random.h"
#include "layers/lowering/lower.h"
#include "support/small_network.h"
#include "transfer/training/session.h"

namespace graft::test {

// A network with weights, a batch and its labels, all made up.
struct WholeNetwork {
  Graph graph;
  Shape shape;  // of the batch
  std::vector<int32_t> labels;
  Weights weights = random_weights(graph, 7);
  std::vector<double> pixels = {};

  WholeNetwork(Graph network, const Shape& batch, std::vector<int32_t> of_batch)
      : graph(std::move(network)), shape(batch), labels(std::move(of_batch)) {
    RandomStream random(3, RandomUse::augment);
    for (int64_t i = 0; i < shape.count(); ++i) pixels.push_back(4 * random.uniform() - 2);
  }
  LowerRequest request() const {
    return {.from = {0},
            .shapes = {shape},
            .to = {graph.output()},
            .training = true,
            .loss = LossSettings{},
            .update = {}};
  }
};

// Every third parameter's gradient against central differences, in double. Returns how many were compared.
inline int check_whole_gradients(const WholeNetwork& network) {
  const auto device = open_device("float64");
  Parameters parameters(*device, network.graph, network.weights,
                        moving_statistics(network.graph, BatchNormMode::frozen), 0, DType::float64);
  LowerRequest request = network.request();
  request.dtype = DType::float64;
  Workspace workspace(*device);
  ExecutorOptions poisoned;
  poisoned.poison = true;
  Executor executor(workspace, lower(network.graph, network.weights, &parameters, request), &parameters,
                    nullptr, poisoned);
  executor.write(executor.plan().inputs[0], network.pixels.data());
  executor.write(executor.plan().labels, network.labels.data());
  const auto loss = [&] {
    executor.run();
    std::vector<double> losses(network.labels.size());
    executor.read(executor.plan().losses, losses.data());
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  };
  loss();
  const TensorView arena = parameters.gradients();
  const double* found = arena.as<double>();
  const std::vector<double> gradients(found, found + arena.shape.count());
  double* values = parameters.values().as<double>();
  constexpr double step = 1e-5;
  int compared = 0;
  for (const Parameters::Slice& slice : parameters.trainable())
    for (int64_t i = slice.offset; i < slice.offset + slice.count; i += 3, ++compared) {
      const double value = values[i];
      values[i] = value + step;
      const double up = loss();
      values[i] = value - step;
      const double difference = (up - loss()) / (2 * step);
      values[i] = value;
      CHECK_MESSAGE(std::fabs(difference - gradients[i]) <= 1e-7, slice.name, " ", i, ": ", gradients[i],
                    " but the differences say ", difference);
    }
  return compared;
}

// The losses of so many steps of SGD on the batch.
inline std::vector<double> learn_by_heart(const WholeNetwork& network, const std::string& name, int steps,
                                          double rate, Math math = Math::fp32) {
  const auto device = open_device(name, {.threads = 2});
  ExecutorOptions options;
  options.math = math;
  Session session(
      *device, network.graph, network.weights, SessionTraining{},
      [](const Parameters::Slice&) { return SliceSettings{}; }, options);
  const std::vector<float> pixels(network.pixels.begin(), network.pixels.end());
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    const float* inputs[] = {pixels.data()};
    StepState state;
    state.step = static_cast<uint64_t>(step);
    state.learning_rate = rate;
    losses.push_back(session.train({0}, {network.shape}, inputs, network.labels, state).loss);
  }
  return losses;
}

}  // namespace graft::test
