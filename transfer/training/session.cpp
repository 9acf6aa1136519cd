#include "transfer/training/session.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "engine/bytes_text.h"
#include "engine/check.h"
#include "engine/float_elements.h"
#include "kernels/elementwise/host_cast.h"
#include "layers/lowering/keep_float32.h"
#include "layers/lowering/masks_into_pooling.h"
#include "layers/lowering/micro_batches.h"
#include "layers/lowering/norms_into_convolutions.h"
#include "layers/lowering/separable_blocks.h"
#include "layers/lowering/widen.h"

namespace graft {

namespace {

std::vector<float> floats_of(const Executor& executor, ValueId id) {
  const Value& value = executor.plan().value(id);
  std::vector<float> host(value.shape.count());
  to_floats(executor.result(id), value.shape.count(), value.dtype, host.data());
  return host;
}

// On the device's thread, and those that it computes or feeds with.
void put_floats(const float* from, const Value& value, void* to) {
  const int64_t count = value.shape.count();
  if (value.dtype == DType::bfloat16) return narrow(from, count, static_cast<bfloat16*>(to));
  for_each_block(count, elements_per_block, [&](int64_t begin, int64_t end) {
    from_floats(from + begin, end - begin, value.dtype,
                static_cast<std::byte*>(to) + static_cast<size_t>(begin) * size_of(value.dtype));
  });
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
      workspace_(device),
      feed_(device) {
  device.call([&] {
    state_ = Buffer(device, sizeof(StepState));
    pinned_state_ = Buffer(device, sizeof(StepState), MemoryKind::pinned);
    if (!training_) return;
    parameters_ =
        std::make_unique<Parameters>(device, graph, weights, moving_statistics(graph, training_->batch_norm),
                                     slot_count(training_->update), dtype_);
    if (training_->update.average_decay > 0) parameters_->fill_slot(average_slot(training_->update));
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
  request.math = options_.math;
  if (training_) request.batch_norm = training_->batch_norm;
  return request;
}

LowerRequest Session::training_request(const std::vector<NodeId>& from,
                                       const std::vector<Shape>& shapes) const {
  GRAFT_CHECK(training_, call, "this session only infers");
  LowerRequest wanted = request(from, shapes, {graph_.output()});
  wanted.training = true;
  wanted.loss = training_->loss;
  wanted.update = training_->update;
  return wanted;
}

Executor& Session::executor(const LowerRequest& request) {
  std::unique_ptr<Executor>& executor = executors_[key_of(request)];
  if (!executor) in_memory(request, [&] { executor = make_executor(request); });
  return *executor;
}

// Where memory runs out, what the request took is given back; other plans take theirs again when they run.
void Session::in_memory(const LowerRequest& request, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::memory) throw;
    executors_.erase(key_of(request));
    workspace_.clear();
    fail_for_memory(request, error);
  }
}

std::unique_ptr<Plan> Session::plan(const LowerRequest& request) const {
  std::unique_ptr<Plan> plan = lower(graph_, weights_, parameters_.get(), request);
  if (request.math == Math::bf16) {
    keep_float32(*plan, workspace_.device.properties(), options_.choice);
    widen_unserved(*plan, workspace_.device.properties(), options_.choice);
  }
  if (options_.joins) {
    masks_into_pooling(*plan, workspace_.device.properties(), options_.choice);
    norms_into_convolutions(*plan, workspace_.device.properties(), options_.choice);
    join_separable_blocks(*plan, workspace_.device.properties(), options_.choice);
  }
  if (options_.turns) run_in_turns(*plan, workspace_.device.properties().cache_bytes);
  return plan;
}

std::unique_ptr<Executor> Session::make_executor(const LowerRequest& request) {
  return std::make_unique<Executor>(workspace_, plan(request), parameters_.get(),
                                    reinterpret_cast<StepState*>(state_.data()), options_);
}

PlanBytes Session::bytes_for(Plan& plan) const {
  return Executor::bytes_for(workspace_.device, plan, options_.choice);
}

size_t Session::device_bytes_for(LowerRequest request, int64_t batch) const {
  for (Shape& shape : request.shapes) shape[0] = batch;
  const PlanBytes bytes = bytes_for(*plan(request));
  return bytes.arena + bytes.scratch + bytes.constants + bytes.inputs;
}

// The largest batch that fits is found by planning, which needs no memory.
void Session::fail_for_memory(const LowerRequest& request, const Error& error) {
  const std::optional<MemoryState> memory = workspace_.device.memory();
  if (!memory) throw error;
  const int64_t batch = request.shapes[0][0];
  const size_t free = memory->free + workspace_.bytes() + feed_.bytes();
  int64_t fits = 0;
  for (int64_t low = 1, high = batch - 1; low <= high;) {
    const int64_t middle = (low + high) / 2;
    if (device_bytes_for(request, middle) <= free - free / 64)  // the driver allocates in pages
      low = (fits = middle) + 1;
    else
      high = middle - 1;
  }
  fail(ErrorCode::memory, "out of memory on ", workspace_.device.properties().name, ": a batch of ", batch,
       " needs ", bytes_text(device_bytes_for(request, batch)), " beside ",
       bytes_text(parameters_ ? parameters_->bytes() : 0), " of parameters, ", bytes_text(free), " of ",
       bytes_text(memory->total), " are free; ",
       fits > 0 ? text("a batch of ", fits, " would fit") : "not even a batch of one would fit");
}

void Session::stage(const LowerRequest& request, std::span<const float* const> inputs,
                    std::span<const int32_t> labels) {
  staged_ = nullptr;
  Executor& executor = this->executor(request);
  const Plan& plan = executor.plan();
  std::vector<Feed::Item> items;
  for (size_t i = 0; i < inputs.size(); ++i)
    items.push_back({plan.inputs[i], [&plan, id = plan.inputs[i], from = inputs[i]](void* to) {
                       put_floats(from, plan.value(id), to);
                     }});
  if (!labels.empty())
    items.push_back(
        {plan.labels, [labels](void* to) { std::memcpy(to, labels.data(), labels.size_bytes()); }});
  in_memory(request, [&] { feed_.put(executor, items); });
  staged_ = &executor;
}

void Session::stage(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                    std::span<const float* const> inputs, const std::vector<NodeId>& to) {
  stage(request(from, shapes, to), inputs, {});
}

void Session::stage_training(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                             std::span<const float* const> inputs, std::span<const int32_t> labels) {
  stage(training_request(from, shapes), inputs, labels);
  saved_bytes_ = std::max(saved_bytes_, staged_->memory().saved_bytes);
}

void Session::start(const StepState& state) {
  GRAFT_CHECK(staged_, call, "no batch is staged");
  running_ = std::exchange(staged_, nullptr);
  Device& device = workspace_.device;
  device.call([&] {
    std::memcpy(pinned_state_.data(), &state, sizeof state);
    device.copy_in(state_.data(), pinned_state_.data(), sizeof state, device.stream());
    running_->refresh();
    feed_.deliver();
    running_->start();
  });
}

std::vector<std::vector<float>> Session::finish() {
  running_->wait();
  std::vector<std::vector<float>> outputs;
  for (ValueId id : running_->plan().outputs) outputs.push_back(floats_of(*running_, id));
  return outputs;
}

Session::StepResult Session::finish_training() {
  running_->wait();
  const std::vector<float> losses = floats_of(*running_, running_->plan().losses);
  return {std::accumulate(losses.begin(), losses.end(), 0.0),
          floats_of(*running_, running_->plan().outputs[0])};
}

std::vector<std::vector<float>> Session::infer(const std::vector<NodeId>& from,
                                               const std::vector<Shape>& shapes,
                                               std::span<const float* const> inputs,
                                               const std::vector<NodeId>& to) {
  stage(from, shapes, inputs, to);
  start();
  return finish();
}

Session::StepResult Session::train(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                                   std::span<const float* const> inputs, std::span<const int32_t> labels,
                                   const StepState& state) {
  stage_training(from, shapes, inputs, labels);
  start(state);
  return finish_training();
}

size_t Session::bytes() const {
  size_t sum = workspace_.bytes() + feed_.bytes() + (parameters_ ? parameters_->bytes() : 0);
  for (const auto& [key, executor] : executors_)
    if (executor) sum += executor->constant_bytes();
  return sum;
}

Choices Session::implementations() const {
  Choices choices;
  for (const auto& [key, executor] : executors_)
    if (executor) choices.merge(executor->implementations());  // null where it could not be made
  return choices;
}

}  // namespace graft
