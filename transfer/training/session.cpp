#include "transfer/training/session.h"

#include <numeric>

#include "engine/check.h"

namespace graft {

namespace {

// Host floats to the device's type and back.
void write_floats(Executor& executor, ValueId id, const float* host) {
  const Value& value = executor.plan().value(id);
  if (value.dtype == DType::float32) return executor.write(id, host);
  const std::vector<double> wide(host, host + value.shape.count());
  executor.write(id, wide.data());
}

std::vector<float> read_floats(const Executor& executor, ValueId id) {
  const Value& value = executor.plan().value(id);
  std::vector<float> host(value.shape.count());
  if (value.dtype == DType::float32) {
    executor.read(id, host.data());
    return host;
  }
  std::vector<double> wide(host.size());
  executor.read(id, wide.data());
  std::copy(wide.begin(), wide.end(), host.begin());
  return host;
}

std::string key_of(const LowerRequest& request) {
  std::string key = text(request.training, request.loss.has_value(), request.update.has_value());
  for (size_t i = 0; i < request.from.size(); ++i) key += text(' ', request.from[i], request.shapes[i]);
  key += " to";
  for (NodeId id : request.to) key += text(' ', id);
  return key;
}

}  // namespace

Session::Session(Device& device, const Graph& graph, const Weights& weights,
                 const std::optional<SessionTraining>& training,
                 const std::function<SliceSettings(const Parameters::Slice&)>& settings,
                 ExecutorOptions options)
    : graph_(graph),
      weights_(weights),
      training_(training),
      options_(std::move(options)),
      dtype_(device.properties().kind == DeviceKind::float64 ? DType::float64 : DType::float32),
      workspace_(device) {
  device.call([&] {
    state_ = Buffer(device, sizeof(StepState));
    if (!training_) return;
    parameters_ =
        std::make_unique<Parameters>(device, graph, weights, moving_statistics(graph, training_->batch_norm),
                                     slot_count(training_->update.rule), dtype_);
  });
  if (!training_) return;
  training_->update.segments.clear();
  for (const Parameters::Slice& slice : parameters_->trainable()) {
    const SliceSettings s = settings(slice);
    training_->update.segments.push_back(
        {slice.offset, slice.offset + slice.count, s.rate_scale, s.decay, s.born});
  }
}

Session::Session(Device& device, const Graph& graph, const Weights& weights, ExecutorOptions options)
    : Session(device, graph, weights, std::nullopt, nullptr, std::move(options)) {}

LowerRequest Session::request(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                              const std::vector<NodeId>& to) const {
  LowerRequest request;
  request.from = from;
  request.shapes = shapes;
  request.to = to;
  request.dtype = dtype_;
  if (training_) request.batch_norm = training_->batch_norm;
  return request;
}

Executor& Session::executor(const LowerRequest& request) {
  std::unique_ptr<Executor>& executor = executors_[key_of(request)];
  if (!executor)
    executor =
        std::make_unique<Executor>(workspace_, lower(graph_, weights_, parameters_.get(), request),
                                   parameters_.get(), reinterpret_cast<StepState*>(state_.data()), options_);
  return *executor;
}

void Session::write_inputs(Executor& executor, std::span<const float* const> inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) write_floats(executor, executor.plan().inputs[i], inputs[i]);
}

std::vector<std::vector<float>> Session::infer(const std::vector<NodeId>& from,
                                               const std::vector<Shape>& shapes,
                                               std::span<const float* const> inputs,
                                               const std::vector<NodeId>& to) {
  Executor& plan = executor(request(from, shapes, to));
  write_inputs(plan, inputs);
  plan.run();
  std::vector<std::vector<float>> outputs;
  for (ValueId id : plan.plan().outputs) outputs.push_back(read_floats(plan, id));
  return outputs;
}

Session::StepResult Session::train(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                                   std::span<const float* const> inputs, std::span<const int32_t> labels,
                                   const StepState& state) {
  GRAFT_CHECK(training_, call, "this session only infers");
  LowerRequest wanted = request(from, shapes, {graph_.output()});
  wanted.training = true;
  wanted.loss = training_->loss;
  wanted.update = training_->update;
  Executor& plan = executor(wanted);
  saved_bytes_ = std::max(saved_bytes_, plan.memory().saved_bytes);
  Device& device = workspace_.device;
  device.call([&] { device.copy_in(state_.data(), &state, sizeof state, device.stream()); });
  write_inputs(plan, inputs);
  plan.write(plan.plan().labels, labels.data());
  plan.run();
  const std::vector<float> losses = read_floats(plan, plan.plan().losses);
  return {std::accumulate(losses.begin(), losses.end(), 0.0), read_floats(plan, plan.plan().outputs[0])};
}

size_t Session::bytes() const {
  size_t sum = workspace_.bytes() + (parameters_ ? parameters_->bytes() : 0);
  for (const auto& [key, executor] : executors_) sum += executor->constant_bytes();
  return sum;
}

Choices Session::implementations() const {
  Choices choices;
  for (const auto& [key, executor] : executors_)
    for (const auto& step : executor->plan().steps())
      choices.emplace(text(step->op(), " ", step->problem_text()), step->implementation());
  return choices;
}

}  // namespace graft
