#include "engine/check.h"
#include "engine/executor.h"

// ExecutorOptions::poison, for tests.
namespace graft {

namespace {

constexpr int guard_pattern = 0x5A;

}  // namespace

void Executor::set_guards(int step) {
  Device& device = workspace_.device;
  for (const MemoryPlan::Placement& placement : memory_.placements)
    if (placement.bytes > 0 && placement.first_step == step)
      device.fill(workspace_.arena() + placement.offset + placement.bytes - guard_bytes, guard_pattern,
                  guard_bytes, device.stream());
}

void Executor::poison_after(int step) {
  Device& device = workspace_.device;
  for (ValueId id = 0; id < plan_->value_count(); ++id) {
    const MemoryPlan::Placement& placement = memory_.placements[id];
    if (placement.bytes == 0 || placement.last_step != step) continue;
    device.fill(workspace_.arena() + placement.offset, 0xFF, placement.bytes - guard_bytes, device.stream());
  }
}

void Executor::check_guards(const Step& step) const {
  for (ValueId id : step.writes()) {
    const ValueId root = plan_->root(id);
    const MemoryPlan::Placement& placement = memory_.placements[root];
    if (plan_->value(root).storage != Storage::activation || placement.bytes == 0) continue;
    std::byte guard[guard_bytes];
    Device& device = workspace_.device;
    device.copy_out(guard, workspace_.arena() + placement.offset + placement.bytes - guard_bytes, guard_bytes,
                    device.stream());
    device.stream().synchronize();
    for (std::byte byte : guard)
      GRAFT_CHECK(byte == std::byte{guard_pattern}, device, step.op(), " of layer '", step.layer(), "' (",
                  step.implementation(), ") wrote past '", plan_->value(id).name, "'");
  }
}

}  // namespace graft
