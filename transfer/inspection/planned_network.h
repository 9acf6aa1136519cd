#pragma once

#include <memory>

#include "transfer/graft.h"
#include "transfer/inspection/input_batch.h"
#include "transfer/model/model_data.h"
#include "transfer/training/session.h"

namespace graft {

// Which of a network's plans.
struct PlanChoice {
  int64_t batch = 1;
  bool training = false;  // forward, loss and backward for what the layers' flags say trains; else inference
  bool update = true;     // training: the optimizer's step too
  BatchNormMode batch_norm = BatchNormMode::frozen;
  bool at_once = false;  // the whole batch in each step, as a comparison step by step needs it
  bool joins = true;     // one step in the place of several where the device has one
};

// One of a network's plans on a device of its own, to be looked at step by step: made ready when the executor
// is first asked for. The model must outlive it.
class PlannedNetwork {
 public:
  PlannedNetwork(const ModelData& model, const DeviceChoice& device, const PlanChoice& choice);

  // Leaves the batch in the plan's inputs.
  void stage(const InputBatch& batch) const;
  // And runs it once, which loads kernels; no parameter moves.
  void feed(const InputBatch& batch);

  Device& device() const { return *device_; }
  const LowerRequest& request() const { return request_; }
  Executor& executor() const { return session_->executor(request_); }
  Session& session() const { return *session_; }

 private:
  std::unique_ptr<Device> device_;
  std::unique_ptr<Session> session_;
  LowerRequest request_;
};

}  // namespace graft
