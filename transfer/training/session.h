#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/executor.h"
#include "engine/feed.h"
#include "layers/lowering/lower.h"

namespace graft {

// What trains: absent, a session only infers.
struct SessionTraining {
  BatchNormMode batch_norm = BatchNormMode::frozen;
  LossSettings loss;
  UpdateSettings update;  // segments are filled in by the session
};

// The rate's multiplier and the first step of a layer's parameters.
struct SliceSettings {
  double rate_scale = 1;
  double decay = 0;
  uint64_t born = 0;
};

// A network on a device: its parameters, and one plan for each shape and purpose asked for. The graph and the
// weights must outlive it and stay as they are.
class Session {
 public:
  Session(Device& device, const Graph& graph, const Weights& weights,
          const std::optional<SessionTraining>& training,
          const std::function<SliceSettings(const Parameters::Slice&)>& settings,
          ExecutorOptions options = {});
  // Inference only.
  Session(Device& device, const Graph& graph, const Weights& weights, ExecutorOptions options = {});

  // inputs[i] is [count, ...] of the node from[i] in host memory. Returns the outputs of `to`, one vector
  // each.
  std::vector<std::vector<float>> infer(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                                        std::span<const float* const> inputs, const std::vector<NodeId>& to);

  struct StepResult {
    double loss = 0;            // of the batch
    std::vector<float> logits;  // [count, classes], before the update
  };
  // One optimizer step.
  StepResult train(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                   std::span<const float* const> inputs, std::span<const int32_t> labels,
                   const StepState& state);

  // The same in parts, so that the next batch is fetched and on its way to the device while this one
  // computes: stage, start, stage the next, finish, start, ... The caller's memory is free again after
  // staging.
  void stage(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
             std::span<const float* const> inputs, const std::vector<NodeId>& to);
  void stage_training(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                      std::span<const float* const> inputs, std::span<const int32_t> labels);
  void start(const StepState& state = {});  // what is staged
  std::vector<std::vector<float>> finish();
  StepResult finish_training();

  Parameters& parameters() { return *parameters_; }
  Device& device() { return workspace_.device; }
  // Memory that the plans, their weights and the parameters hold.
  size_t bytes() const;
  // What a shape's training plan saves between its passes; 0 before the first step.
  size_t saved_bytes() const { return saved_bytes_; }

  // What the plans made so far run.
  Choices implementations() const;

  // For inspection: what is asked of a plan; the plan for it, and the memory it will need; the same, made
  // ready; and a batch staged for it, whose inputs stay in place.
  LowerRequest request(const std::vector<NodeId>& from, const std::vector<Shape>& shapes,
                       const std::vector<NodeId>& to) const;
  LowerRequest training_request(const std::vector<NodeId>& from, const std::vector<Shape>& shapes) const;
  std::unique_ptr<Plan> plan(const LowerRequest& request) const;
  PlanBytes bytes_for(Plan& plan) const;
  Executor& executor(const LowerRequest& request);
  void stage(const LowerRequest& request, std::span<const float* const> inputs,
             std::span<const int32_t> labels);

 private:
  std::unique_ptr<Executor> make_executor(const LowerRequest& request);
  void in_memory(const LowerRequest& request, const std::function<void()>& work);
  [[noreturn]] void fail_for_memory(const LowerRequest& request, const Error& error);
  size_t device_bytes_for(LowerRequest request, int64_t batch) const;

  const Graph& graph_;
  const Weights& weights_;
  std::optional<SessionTraining> training_;
  ExecutorOptions options_;
  DType dtype_;
  Workspace workspace_;
  Feed feed_;
  Buffer state_, pinned_state_;
  std::unique_ptr<Parameters> parameters_;
  std::map<std::string, std::unique_ptr<Executor>> executors_;
  Executor *staged_ = nullptr, *running_ = nullptr;
  size_t saved_bytes_ = 0;
};

}  // namespace graft
