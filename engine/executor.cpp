#include "engine/executor.h"

#include <algorithm>
#include <cstring>

#include "engine/check.h"

namespace graft {

namespace {

// copy(device memory, offset in host memory, bytes) for each stretch of a view that lies in one piece: all of
// it, or the pixels one by one where it is part of a wider tensor.
template <class Copy>
void for_each_piece(const TensorView& view, const Copy& copy) {
  if (view.dense()) return copy(static_cast<std::byte*>(view.data), 0, view.bytes());
  const size_t piece = static_cast<size_t>(view.shape.c()) * size_of(view.dtype);
  const size_t stride = static_cast<size_t>(view.pixel_stride) * size_of(view.dtype);
  for (size_t i = 0, pixels = view.bytes() / piece; i < pixels; ++i)
    copy(static_cast<std::byte*>(view.data) + i * stride, i * piece, piece);
}

// From the first pixel of an image to that of the next, in elements.
int64_t image_stride(const Value& value) {
  const Shape& s = value.shape;
  return s.rank() == 4 ? s.h() * s.w() * value.pixel_stride : s.count() / s[0];
}

}  // namespace

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
    if (options_.choice.winners) race();
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
    place_results();
    bind_all();
  });
}

PlanBytes Executor::bytes_for(Device& device, Plan& plan, const ChoiceOptions& choice) {
  share_in_place(plan);
  PlanBytes bytes;
  std::vector<bool> whole(plan.value_count(), false);  // constants that somebody reads as they are
  device.call([&] {
    for (auto& step : plan.steps()) {
      step->prepare(device, choice);
      bytes.scratch = std::max(bytes.scratch, step->scratch_bytes());
      bytes.constants += step->kept_bytes();
      if (step->kept_bytes() > 0) continue;  // it packs its constants
      for (ValueId id : step->reads()) whole[id] = plan.value(id).storage == Storage::constant;
    }
  });
  const auto size = [&](ValueId id) {
    const Value& value = plan.value(id);
    return aligned_bytes(static_cast<size_t>(value.shape.count()) * size_of(value.dtype));
  };
  for (ValueId id = 0; id < plan.value_count(); ++id) bytes.constants += whole[id] ? size(id) : 0;
  for (ValueId id : plan.inputs) bytes.inputs += size(id);
  if (plan.labels != no_value) bytes.inputs += size(plan.labels);
  for (ValueId id : plan.outputs) bytes.results += size(id);
  if (plan.losses != no_value) bytes.results += size(plan.losses);
  const MemoryPlan memory = plan_memory(plan);
  bytes.arena = memory.arena_bytes;
  bytes.saved = memory.saved_bytes;
  return bytes;
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
  for (; plan_->value(root).part_of != no_value; root = plan_->value(root).part_of) {
    const Value& part = plan_->value(root);
    offset += part.offset;
    if (part.moves) offset += first_image_ * image_stride(part);
  }
  std::byte* data = workspace_.arena() + memory_.placements[root].offset + offset * size_of(value.dtype);
  return {data, value.shape, value.pixel_stride, value.dtype};
}

// Activations lie where the plan has them: nobody reads there before a step has written. In the place of what
// lasts, and of constants that are not there yet, stands memory of the tuner's.
void Executor::race() {
  workspace_.reserve(memory_.arena_bytes, 0);
  Tuner tuner(workspace_.device);
  tuner.fill(workspace_.arena(), memory_.arena_bytes);
  bool raced = false;
  for (auto& step : plan_->steps()) {
    raced |= step->race(tuner, workspace_.device, options_.choice, [&](ValueId id) {
      TensorView view = address(id);
      if (plan_->value(id).storage != Storage::activation) view.data = tuner.memory(view.bytes());
      if (view.dense()) tuner.fill(view);
      return view;
    });
    tuner.forget();
  }
  if (raced && options_.choice.winners->keep) options_.choice.winners->keep(options_.choice.winners->chosen);
}

void Executor::load_constant(ValueId id) {
  Device& device = workspace_.device;
  const Value& value = plan_->value(id);
  Buffer& constant =
      constants_[id].emplace(device, static_cast<size_t>(value.shape.count()) * size_of(value.dtype));
  if (!device.properties().separate_memory) return value.fill(constant.data(), value.dtype);
  std::vector<std::byte> host(constant.bytes());
  value.fill(host.data(), value.dtype);
  device.copy_in(constant.data(), host.data(), host.size(), device.stream());
  device.stream().synchronize();
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
      load_constant(id);
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

// Another plan may have moved the workspace, or lost it where memory ran out.
void Executor::refresh() {
  if (bound_generation_ == workspace_.generation()) return;
  recording_.reset();
  workspace_.reserve(memory_.arena_bytes, scratch_bytes_);
  bind_all();
}

void Executor::place_results() {
  size_t bytes = 0;
  const auto place = [&](ValueId id) {
    if (id == no_value) return;
    results_.push_back({id, bytes});
    bytes += aligned_bytes(address(id).bytes());
    for (size_t i = 0; i < plan_->steps().size(); ++i)
      for (ValueId written : plan_->steps()[i]->writes())
        if (plan_->root(written) == plan_->root(id))
          results_step_ = std::max(results_step_, static_cast<int>(i));
  };
  for (ValueId id : plan_->outputs) place(id);
  place(plan_->losses);
  results_memory_ = Buffer(workspace_.device, bytes, MemoryKind::pinned);
  results_ready_ = workspace_.device.make_event();
  results_copied_ = workspace_.device.make_event();
}

void Executor::copy_results() {
  Device& device = workspace_.device;
  results_ready_->record(device.stream());
  results_ready_->hold(device.copy_stream());
  for (const Result& result : results_) {
    const TensorView from = address(result.id);
    device.copy_out(results_memory_.data() + result.offset, from.data, from.bytes(), device.copy_stream());
  }
  results_copied_->record(device.copy_stream());
}

const void* Executor::result(ValueId id) const {
  for (const Result& result : results_)
    if (result.id == id) return results_memory_.data() + result.offset;
  fail(ErrorCode::call, "'", plan_->value(id).name, "' is not a result of the plan");
}

void Executor::start() {
  Device& device = workspace_.device;
  device.call([&] {
    refresh();
    const auto steps = [&] { run_steps(0, static_cast<int>(plan_->steps().size())); };
    const bool recordable = options_.record && !options_.poison && !observer_;
    if (recordable && ran_ && !recording_) recording_ = device.record(steps);
    if (recordable && recording_)
      recording_->replay();
    else
      steps();
    ran_ = true;
  });
}

void Executor::wait() {
  workspace_.device.call([&] { workspace_.device.stream().synchronize(); });
}

void Executor::write(ValueId id, const void* host) {
  workspace_.device.call([&] {
    refresh();
    Stream& stream = workspace_.device.stream();
    for_each_piece(address(id), [&](std::byte* to, size_t offset, size_t bytes) {
      workspace_.device.copy_in(to, static_cast<const std::byte*>(host) + offset, bytes, stream);
    });
    stream.synchronize();
  });
}

void Executor::read(ValueId id, void* host) const {
  workspace_.device.call([&] {
    Stream& stream = workspace_.device.stream();
    for_each_piece(address(id), [&](const std::byte* from, size_t offset, size_t bytes) {
      workspace_.device.copy_out(static_cast<std::byte*>(host) + offset, from, bytes, stream);
    });
    stream.synchronize();
  });
}

void Executor::run(int first, int last) {
  for (const Stretch& s : plan_->stretches)
    GRAFT_CHECK(last <= s.first || first >= s.last || (first <= s.first && s.last <= last), call,
                "the steps ", first, " to ", last, " are some of those that run in turns, ", s.first, " to ",
                s.last);
  workspace_.device.call([&] {
    refresh();
    run_steps(first, last);
    workspace_.device.stream().synchronize();
  });
}

void Executor::run_marked(std::span<const std::unique_ptr<Event>> marks) {
  const size_t runs = plan_->order().size();
  GRAFT_CHECK(marks.size() == runs + 1, call, marks.size(), " marks for ", runs, " steps");
  workspace_.device.call([&] {
    refresh();
    marks[0]->record(workspace_.device.stream());
    run_steps(0, static_cast<int>(plan_->steps().size()), marks);
    workspace_.device.stream().synchronize();
  });
}

void Executor::run_steps(int first, int last, std::span<const std::unique_ptr<Event>> marks) {
  Stream& stream = workspace_.device.stream();
  const RunContext context{stream, workspace_.scratch(), state_};
  if (plan_->steps().empty()) copy_results();  // the inputs themselves
  size_t mark = 0;
  const auto run = [&](int i, bool last_turn) {
    run_step(i, context, last_turn);
    if (!marks.empty()) marks[++mark]->record(stream);
  };
  for (int i = first; i < last;) {
    const Stretch* stretch = plan_->stretch_of(i);
    if (!stretch) {
      run(i++, true);
      continue;
    }
    for (int turn = 0; turn < stretch->turns(); ++turn) {
      begin_turn(*stretch, turn);
      for (i = stretch->first; i < stretch->last; ++i) run(i, turn + 1 == stretch->turns());
    }
  }
  if (first <= results_step_ && results_step_ < last) results_copied_->hold(stream);
}

void Executor::begin_turn(const Stretch& stretch, int turn) {
  first_image_ = stretch.first_image(turn);
  const auto moves = [&](ValueId id) { return plan_->moves(id); };
  for (int i = stretch.first; i < stretch.last; ++i) {
    Step& step = *plan_->steps()[i];
    if (std::ranges::any_of(step.reads(), moves) || std::ranges::any_of(step.writes(), moves)) bind(step);
  }
}

void Executor::run_step(int i, const RunContext& context, bool last_turn) {
  Step& step = *plan_->steps()[i];
  if (options_.poison) set_guards(i);
  {
    const StreamRange layer(context.stream, step.layer().c_str());
    step.run(context);
  }
  if (i == results_step_ && last_turn) copy_results();
  if (observer_) {
    context.stream.synchronize();
    std::vector<TensorView> outputs;
    for (ValueId id : step.writes()) outputs.push_back(address(id));
    observer_(step, outputs);
  }
  if (options_.poison) check_guards(step);
  if (options_.poison && last_turn) poison_after(i);
}

Choices Executor::implementations() const {
  Choices choices;
  for (const auto& step : plan_->steps())
    choices.emplace(choice_key(step->op(), step->problem_text()), step->implementation());
  return choices;
}

size_t Executor::constant_bytes() const {
  size_t sum = 0;
  for (const auto& constant : constants_) sum += constant ? constant->bytes() : 0;
  for (const auto& step : plan_->steps()) sum += step->kept_bytes();
  return sum;
}

}  // namespace graft
