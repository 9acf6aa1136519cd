#include "transfer/inspection/planned_network.h"

#include "transfer/training/execution.h"

namespace graft {

PlannedNetwork::PlannedNetwork(const ModelData& model, const DeviceChoice& device, const PlanChoice& choice)
    : device_(open_device(device)) {
  ExecutorOptions options = executor_options(device, *device_);
  options.turns = !choice.at_once;
  options.joins = choice.joins;
  std::optional<SessionTraining> training;
  if (choice.training) training.emplace().batch_norm = choice.batch_norm;
  session_ = std::make_unique<Session>(
      *device_, model.graph, model.weights, training,
      [](const Parameters::Slice&) { return SliceSettings(); }, options);
  const std::vector<NodeId> from{model.graph.input()};
  const std::vector<Shape> shapes{
      {choice.batch, model.image_size, model.image_size, model.graph.input_channels()}};
  request_ = choice.training ? session_->training_request(from, shapes)
                             : session_->request(from, shapes, {model.graph.output()});
  request_.batch_norm = choice.batch_norm;
  if (!choice.update) request_.update.reset();
}

void PlannedNetwork::stage(const InputBatch& batch) const {
  const float* pixels = batch.pixels.data();
  const std::span<const int32_t> labels = batch.labels;
  session_->stage(request_, {&pixels, 1}, request_.loss ? labels : labels.first(0));
}

void PlannedNetwork::feed(const InputBatch& batch) {
  stage(batch);
  session_->start(StepState{});  // with a learning rate of 0
  session_->finish();
}

}  // namespace graft
