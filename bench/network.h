#pragma once

#include <optional>
#include <vector>

#include "bench/cases.h"
#include "transfer/cost/peak_memory.h"
#include "transfer/model/model_data.h"
#include "transfer/training/session.h"

namespace graft::bench {

// The networks that the peers are timed on too.
inline constexpr const char* network_names[] = {"efficientnet_lite0", "mobilenet_v2",  "resnet18",
                                                "resnet50",           "squeezenet1_1", "vgg16"};

// A network of 1000 classes with fresh weights, on a device of its own, and what one step is given. Weights
// and pixels are random: they do not change the time.
class Network {
 public:
  // `point` as in freeze_all_but(), or "cached": the head from the features at the cut, or "bf16_prefix": the
  // head behind frozen layers in bfloat16; empty: inference.
  Network(const std::string& arch, const std::string& point, int64_t batch, const Settings& settings);

  Device& device() { return *device_; }

  void infer();
  // One step of a running training: the next batch is on its way to the device while this one computes.
  void train();
  void train_on(const float* images, std::span<const int32_t> labels);

  // trainable_parameters of a training step; peak_bytes, what the passes so far took of memory above the idle
  // process that holds the model and the batch, where the system tells it.
  Facts facts() const;

 private:
  void watch_memory();
  void take(std::vector<std::vector<float>> inputs);
  void start_at_cut();
  void run_prefix(Session& session);

  const bool trains_;
  std::unique_ptr<Device> device_;
  ModelData model_;
  std::optional<PeakMemory> memory_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Session> prefix_;  // of "bf16_prefix"
  std::vector<float> images_;        // what the prefix reads
  Shape images_shape_;
  std::vector<NodeId> from_;
  std::vector<Shape> shapes_;
  std::vector<std::vector<float>> inputs_;
  std::vector<const float*> pointers_;
  std::vector<int32_t> labels_;
  StepState state_;
  bool staged_ = false;
};

}  // namespace graft::bench
