#include "engine/executor.h"

#include <algorithm>
#include <cstring>

#include "engine/check.h"

namespace graft {

namespace {

constexpr size_t guard_bytes = arena_alignment;
constexpr int guard_pattern = 0x5A;

}  // namespace

void Workspace::reserve(size_t arena_bytes, size_t scratch_bytes) {
  const auto grow = [this](Buffer& buffer, size_t bytes) {
    if (bytes <= buffer.bytes()) return;
    buffer = Buffer();  // first freed, so that old and new are never held at once
    buffer = Buffer(device, bytes);
    ++generation_;
  };
  grow(arena_, std::max<size_t>(arena_bytes, 1));
  grow(scratch_, std::max<size_t>(scratch_bytes, 1));
}

Executor::Executor(Workspace& workspace, std::unique_ptr<Plan> plan, const Parameters* parameters,
                   StepState* state, ExecutorOptions options)
    : workspace_(workspace),
      plan_(std::move(plan)),
      parameters_(parameters),
      state_(state),
      options_(std::move(options)),
      constants_(plan_->value_count()) {
  share_in_place(*plan_);
  memory_ = plan_memory(*plan_, options_.poison ? guard_bytes : 0);
  workspace_.device.call([this] {
    for (auto& step : plan_->steps()) {
      try {
        step->prepare(workspace_.device, options_.choice);
      } catch (const Error& error) {
        fail(error.code(), "layer '", step->layer(), "': ", error.what());
      }
      scratch_bytes_ = std::max(scratch_bytes_, step->scratch_bytes());
    }
    workspace_.reserve(memory_.arena_bytes, scratch_bytes_);
    load_constants();
    bind_all();
  });
}

TensorView Executor::address(ValueId id) const {
  const Value& value = plan_->value(id);
  switch (value.storage) {
    case Storage::parameter:
      return value.slice == all_slices ? parameters_->values() : parameters_->value(value.slice);
    case Storage::gradient:
      return value.slice == all_slices ? parameters_->gradients() : parameters_->gradient(value.slice);
    case Storage::slot: return parameters_->slot(value.slice);
    case Storage::statistic: return parameters_->statistic(value.slice);
    case Storage::constant:
      return {constants_[id] ? constants_[id]->data() : nullptr, value.shape, value.pixel_stride,
              value.dtype};
    case Storage::activation: break;
  }
  int64_t offset = 0;
  ValueId root = id;
  for (; plan_->value(root).part_of != no_value; root = plan_->value(root).part_of)
    offset += plan_->value(root).offset;
  std::byte* data = workspace_.arena() + memory_.placements[root].offset + offset * size_of(value.dtype);
  return {data, value.shape, value.pixel_stride, value.dtype};
}

// Step by step: a constant is on the device only until the implementations that read it have packed it.
void Executor::load_constants() {
  Device& device = workspace_.device;
  const RunContext context{device.stream(), workspace_.scratch(), state_};
  std::vector<int> readers(plan_->value_count(), 0);
  std::vector<bool> needed(plan_->value_count(), false);
  for (const auto& step : plan_->steps())
    for (ValueId id : step->reads()) ++readers[id];

  for (auto& step : plan_->steps()) {
    bool reads_constant = false;
    for (ValueId id : step->reads()) {
      const Value& value = plan_->value(id);
      if (value.storage != Storage::constant) continue;
      reads_constant = true;
      if (constants_[id]) continue;
      const size_t bytes = static_cast<size_t>(value.shape.count()) * size_of(value.dtype);
      std::vector<std::byte> host(bytes);
      value.fill(host.data());
      constants_[id].emplace(device, bytes);
      device.copy_in(constants_[id]->data(), host.data(), bytes, device.stream());
      device.stream().synchronize();
    }
    if (!reads_constant) continue;
    bind(*step);
    const bool packed = step->keep_constants(context);
    device.stream().synchronize();
    for (ValueId id : step->reads()) {
      if (plan_->value(id).storage != Storage::constant) continue;
      if (!packed) needed[id] = true;
      if (--readers[id] == 0 && !needed[id]) constants_[id].reset();
    }
  }
}

void Executor::bind(Step& step) {
  step.bind([this](ValueId id) { return address(id); });
}

void Executor::bind_all() {
  for (auto& step : plan_->steps()) bind(*step);
  bound_generation_ = workspace_.generation();
}

void Executor::write(ValueId id, const void* host) {
  workspace_.device.call([&] {
    if (bound_generation_ != workspace_.generation()) bind_all();
    const TensorView to = address(id);
    workspace_.device.copy_in(to.data, host, to.bytes(), workspace_.device.stream());
    workspace_.device.stream().synchronize();
  });
}

void Executor::read(ValueId id, void* host) const {
  workspace_.device.call([&] {
    const TensorView from = address(id);
    workspace_.device.copy_out(host, from.data, from.bytes(), workspace_.device.stream());
    workspace_.device.stream().synchronize();
  });
}

void Executor::run(int first, int last) {
  workspace_.device.call([&] {
    if (bound_generation_ != workspace_.generation()) bind_all();
    const RunContext context{workspace_.device.stream(), workspace_.scratch(), state_};
    for (int i = first; i < last; ++i) {
      Step& step = *plan_->steps()[i];
      if (options_.poison) set_guards(i);
      step.run(context);
      if (observer_) {
        workspace_.device.stream().synchronize();
        std::vector<TensorView> outputs;
        for (ValueId id : step.writes()) outputs.push_back(address(id));
        observer_(step, outputs);
      }
      if (options_.poison) poison_after(i);
    }
    workspace_.device.stream().synchronize();
  });
}

void Executor::set_guards(int step) {
  Device& device = workspace_.device;
  for (const MemoryPlan::Placement& placement : memory_.placements)
    if (placement.bytes > 0 && placement.first_step == step)
      device.fill(workspace_.arena() + placement.offset + placement.bytes - guard_bytes, guard_pattern,
                  guard_bytes, device.stream());
}

void Executor::poison_after(int step) {
  Device& device = workspace_.device;
  check_guards(*plan_->steps()[step]);
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

size_t Executor::constant_bytes() const {
  size_t sum = 0;
  for (const auto& constant : constants_) sum += constant ? constant->bytes() : 0;
  for (const auto& step : plan_->steps()) sum += step->kept_bytes();
  return sum;
}

}  // namespace graft
