#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/memory_plan.h"
#include "engine/parameters.h"
#include "engine/plan.h"

namespace graft {

// The activations' arena and the scratch memory, shared by all plans of a session: only one runs at a time.
class Workspace {
 public:
  explicit Workspace(Device& device) : device(device) {}

  // Grows only; `generation` tells the plans that their addresses are stale.
  void reserve(size_t arena_bytes, size_t scratch_bytes);
  std::byte* arena() const { return arena_.data(); }
  std::byte* scratch() const { return scratch_.data(); }
  size_t bytes() const { return arena_.bytes() + scratch_.bytes(); }
  int generation() const { return generation_; }

  Device& device;

 private:
  Buffer arena_, scratch_;
  int generation_ = 0;
};

struct ExecutorOptions {
  ChoiceOptions choice;
  // For tests: fills a value's memory with NaN at its last use, and checks guard bytes behind each value
  // after each step.
  bool poison = false;
};

// A plan made ready on a device: implementations chosen, constants packed, every operand an address.
class Executor {
 public:
  using Observer = std::function<void(const Step& step, std::span<const TensorView> outputs)>;

  // `parameters` and `state` (device memory) must outlive it.
  Executor(Workspace& workspace, std::unique_ptr<Plan> plan, const Parameters* parameters, StepState* state,
           ExecutorOptions options = {});

  const Plan& plan() const { return *plan_; }
  const MemoryPlan& memory() const { return memory_; }
  TensorView address(ValueId id) const;

  // Copies between host and device and waits.
  void write(ValueId id, const void* host);
  void read(ValueId id, void* host) const;

  // Runs the steps [first, last) in order and waits.
  void run() { run(0, static_cast<int>(plan_->steps().size())); }
  void run(int first, int last);

  // Called after each step, with what it wrote (device memory).
  void observe(Observer observer) { observer_ = std::move(observer); }

  size_t constant_bytes() const;  // frozen weights, packed or not
  size_t scratch_bytes() const { return scratch_bytes_; }

 private:
  void load_constants();
  void bind(Step& step);
  void bind_all();
  void set_guards(int step);
  void poison_after(int step);
  void check_guards(const Step& step) const;

  Workspace& workspace_;
  std::unique_ptr<Plan> plan_;
  const Parameters* parameters_;
  StepState* state_;
  ExecutorOptions options_;
  MemoryPlan memory_;
  std::vector<std::optional<Buffer>> constants_;  // by value
  size_t scratch_bytes_ = 0;
  int bound_generation_ = -1;
  Observer observer_;
};

}  // namespace graft
