#include "transfer/inspection/planned_network.h"

#include "transfer/training/trainer.h"

namespace graft {

PlannedNetwork::PlannedNetwork(const ModelData& model, const DeviceChoice& device, const PlanChoice& choice)
    : device_(open_device(device)) {
  const ExecutorOptions options = executor_options(device, *device_);
  std::optional<SessionTraining> training;
  if (choice.training) training.emplace().batch_norm = choice.batch_norm;
  session_ = std::make_unique<Session>(
      *device_, model.graph, model.weights, training,
      [](const Parameters::Slice&) { return SliceSettings(); }, options);
  request_.from = {model.graph.input()};
  request_.shapes = {{choice.batch, model.image_size, model.image_size, model.graph.input_channels()}};
  request_.to = {model.graph.output()};
  request_.batch_norm = choice.batch_norm;
  request_.dtype = device_->properties().kind == DeviceKind::float64 ? DType::float64 : DType::float32;
  request_.math = options.math;
  if (choice.training) {
    request_.training = true;
    request_.loss = LossSettings();
  }
  if (choice.training && choice.update) {
    request_.update = UpdateSettings();
    for (const Parameters::Slice& slice : session_->parameters().trainable())
      request_.update->segments.push_back({slice.offset, slice.offset + slice.count, 1, 0, 0});
  }
  executor_ = &session_->executor(request_);
}

void PlannedNetwork::feed(const InputBatch& batch) {
  const float* pixels = batch.pixels.data();
  const std::span<const int32_t> labels = batch.labels;
  session_->stage(request_, {&pixels, 1}, request_.loss ? labels : labels.first(0));
  session_->start(StepState{});  // with a learning rate of 0
  session_->finish();
}

}  // namespace graft
