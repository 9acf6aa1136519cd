#include "networks/trainer_fixture.h"

#include "transfer/training/session.h"

namespace graft::test {

namespace {

struct Settings {
  UpdateSettings update;
  double learning_rate, decay;
};

Settings settings_of(const TrajectoryReference& trajectory) {
  UpdateSettings update;
  if (trajectory.optimizer == "sgd") {
    update.rule = UpdateSettings::Rule::sgd;
    update.momentum = 0.9;
    return {update, 0.002, 1e-3};
  }
  update.rule = UpdateSettings::Rule::adamw;
  update.beta1 = 0.9;
  update.beta2 = 0.999;
  update.epsilon = 1e-8;
  return {update, 1e-4, 0.05};
}

void set_trainable(Graph& graph, const TrajectoryReference& trajectory) {
  for (NodeId id = 1; id < graph.size(); ++id) {
    bool trains = false;
    for (const ParameterSpec& spec : graph[id].layer->parameters())
      trains = trains || trajectory.trains(parameter_name(graph[id], spec));
    graph.set_trainable(id, trains);
  }
}

}  // namespace

std::vector<double> train_losses(Device& device, TestNetwork& network, const TrajectoryReference& trajectory,
                                 size_t steps, ExecutorOptions options) {
  const Settings settings = settings_of(trajectory);
  set_trainable(network.graph, trajectory);
  const auto slice_settings = [&](const Parameters::Slice& slice) {
    return SliceSettings{.decay = slice.spec.shape.rank() > 1 ? settings.decay : 0};
  };
  Session session(device, network.graph, network.weights,
                  SessionTraining{BatchNormMode::train, {}, settings.update}, slice_settings,
                  std::move(options));
  std::vector<double> losses;
  for (size_t step = 0; step < steps; ++step) {
    const float* const input = network.input.data();
    StepState state;
    state.step = step;
    state.learning_rate = settings.learning_rate;
    losses.push_back(session
                         .train({network.graph.input()}, {network.input_shape}, std::span(&input, 1),
                                network.labels, state)
                         .loss);
  }
  return losses;
}

}  // namespace graft::test
