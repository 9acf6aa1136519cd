#include "networks/trainer_fixture.h"

#include <numeric>

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

Trainer::Trainer(Device& device, TestNetwork& network, const TrajectoryReference& trajectory,
                 ExecutorOptions options)
    : device_(device),
      network_(network),
      dtype_(compute_type(device)),
      device_state_(device, sizeof(StepState)),
      workspace_(device) {
  set_trainable(network.graph, trajectory);
  Settings settings = settings_of(trajectory);
  state_.learning_rate = settings.learning_rate;
  parameters_ = std::make_unique<Parameters>(device, network.graph, network.weights,
                                             moving_statistics(network.graph, BatchNormMode::train),
                                             slot_count(settings.update), dtype_);
  for (const Parameters::Slice& slice : parameters_->trainable()) {
    const double decay = slice.spec.shape.rank() > 1 ? settings.decay : 0;
    settings.update.segments.push_back({slice.offset, slice.offset + slice.count, 1, decay, 0});
  }
  const LowerRequest request{.from = {network.graph.input()},
                             .shapes = {network.input_shape},
                             .to = {network.graph.output()},
                             .training = true,
                             .batch_norm = BatchNormMode::train,
                             .loss = LossSettings{},
                             .update = settings.update,
                             .dtype = dtype_};
  executor_ = std::make_unique<Executor>(
      workspace_, lower(network.graph, network.weights, parameters_.get(), request), parameters_.get(),
      reinterpret_cast<StepState*>(device_state_.data()), std::move(options));
}

double Trainer::step(Executor::Observer observer) {
  device_.copy_in(device_state_.data(), &state_, sizeof state_, device_.stream());
  device_.stream().synchronize();
  write_batch(*executor_, network_);
  executor_->observe(std::move(observer));
  executor_->run();
  ++state_.step;
  const std::vector<double> losses = read_value(*executor_, executor_->plan().losses);
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

}  // namespace graft::test
