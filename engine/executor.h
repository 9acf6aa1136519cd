#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/memory_plan.h"
#include "engine/parameters.h"
#include "engine/plan.h"
#include "engine/workspace.h"

namespace graft {

struct ExecutorOptions {
  ChoiceOptions choice;
  Math math = Math::fp32;  // what a session asks of the plans that it lowers
  // From its second run on a plan is replayed from a recording, on devices that record. The first loads the
  // kernels and asks for what they need, which a recording must not.
  bool record = true;
  // On devices with cache_bytes: a session's plans compute a few images at a time where that spares memory
  // traffic.
  bool turns = true;
  // A session's plans have one step in the place of several where the device has one.
  bool joins = true;
  // For tests: fills a value's memory with NaN at its last use, and checks guard bytes behind each value
  // after each step.
  bool poison = false;
};

// Memory that a plan needs beside parameters.
struct PlanBytes {
  size_t arena = 0;      // activations and their gradients
  size_t scratch = 0;    // of the step that needs most
  size_t constants = 0;  // frozen weights, packed or not
  size_t inputs = 0;     // in the arena too: another batch of them waits where a device has its own memory
  size_t results = 0;    // host memory
  size_t saved = 0;      // of the arena: what the forward pass leaves for the backward pass
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

  // Puts the workspace's addresses in order again where another plan has moved it; start() does so itself.
  void refresh();
  // Gives all steps to the device. Behind the last step that writes a result (the plan's outputs, the losses)
  // all results are copied to host memory, beside the steps that follow: a backward pass hides that copy.
  void start();
  void wait();
  const void* result(ValueId id) const;  // host memory; after wait(), until the next start()

  // Runs the steps [first, last) in order and waits; a stretch of turns as a whole, or not at all.
  void run() { run(0, static_cast<int>(plan_->steps().size())); }
  void run(int first, int last);

  // Called after each step, with what it wrote (device memory).
  void observe(Observer observer) { observer_ = std::move(observer); }

  // Runs the plan once and waits: marks[0] is recorded in front of plan().order()[0], marks[i + 1] behind
  // plan().order()[i].
  void run_marked(std::span<const std::unique_ptr<Event>> marks);

  Choices implementations() const;  // that compute the steps
  size_t constant_bytes() const;    // frozen weights, packed or not
  size_t scratch_bytes() const { return scratch_bytes_; }

  // Plans without touching any memory of the device.
  static PlanBytes bytes_for(Device& device, Plan& plan, const ChoiceOptions& choice);

 private:
  void race();
  void load_constants();
  void load_constant(ValueId id);
  void bind(Step& step);
  void bind_all();
  void place_results();
  void copy_results();
  void begin_turn(const Stretch& stretch, int turn);
  void run_steps(int first, int last, std::span<const std::unique_ptr<Event>> marks = {});
  void run_step(int i, const RunContext& context, bool last_turn);
  static constexpr size_t guard_bytes = arena_alignment;
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
  int64_t first_image_ = 0;  // of the turn for which moving values have addresses
  int bound_generation_ = -1;
  struct Result {
    ValueId id;
    size_t offset;
  };
  std::vector<Result> results_;
  int results_step_ = 0;  // the last that writes one
  Buffer results_memory_;
  std::unique_ptr<Event> results_ready_, results_copied_;
  bool ran_ = false;
  std::unique_ptr<Recording> recording_;
  Observer observer_;
};

}  // namespace graft
