#pragma once

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/cases.h"
#include "bench/device_clock.h"
#include "engine/check.h"
#include "engine/op.h"

namespace graft::bench {

// An op on one shape: its operands, and the definition to verify results with.
template <class Op>
struct KernelShape {
  using Member = TensorView Op::Args::*;
  std::string name;
  std::string pass;  // "conv/forward"
  typename Op::Problem problem;
  std::vector<std::pair<Member, Shape>> inputs;
  Member output;
  Shape output_shape;
  // Element i of the output from the inputs, by the definition.
  double (*element)(const typename Op::Problem&, const std::vector<std::vector<float>>& inputs, int64_t i);

  // Operands counted once, and two operations for each multiply-add where the op has any.
  Work work() const {
    int64_t count = output_shape.count();
    for (const auto& [member, shape] : inputs) count += shape.count();
    double flops = 0;
    if constexpr (requires { problem.macs(); }) flops = 2 * static_cast<double>(problem.macs());
    return {flops, static_cast<double>(count) * sizeof(float)};
  }
};

template <class Op>
class KernelRun {
 public:
  KernelRun(const Implementation<Op>& implementation, const KernelShape<Op>& shape, const std::string& device,
            int threads)
      : shape_(shape), device_(open_device(device, {.threads = threads})) {
    const std::string refusal = implementation.refuse(shape.problem, device_->properties());
    GRAFT_CHECK(refusal.empty(), device, refusal);
    for (size_t i = 0; i < shape.inputs.size(); ++i) place_input(i);
    output_ = Buffer(*device_, shape.output_shape.count() * sizeof(float));
    args_.*shape.output = view_of(output_.data(), shape.output_shape);
    prepared_ = implementation.prepare(shape.problem, *device_);
    scratch_ = Buffer(*device_, prepared_->scratch_bytes() + 1);
    device_->call([&] { prepared_->keep_constants(args_, context()); });
    if (device_->properties().separate_memory) clock_.emplace(*device_);
  }

  Passed run() {
    if (clock_) return clock_->time([&] { prepared_->run(args_, context()); });
    device_->call([&] { prepared_->run(args_, context()); });
    return 1;
  }

  // Small integers have exact sums: what is computed must equal the definition, here at random places.
  void verify() {
    std::vector<float> got(static_cast<size_t>(shape_.output_shape.count()));
    device_->copy_out(got.data(), output_.data(), output_.bytes(), device_->stream());
    device_->stream().synchronize();
    std::mt19937 random(7);
    for (int i = 0; i < 100; ++i) {
      const int64_t at = static_cast<int64_t>(random() % got.size());
      const double expected = shape_.element(shape_.problem, host_, at);
      GRAFT_CHECK(got[at] == expected, device, "wrong result: [", at, "] is ", got[at], ", not ", expected);
    }
  }

 private:
  RunContext context() { return {device_->stream(), scratch_.data(), nullptr}; }

  void place_input(size_t i) {
    const auto& [member, shape] = shape_.inputs[i];
    std::mt19937 random(static_cast<unsigned>(i));
    std::vector<float> values(static_cast<size_t>(shape.count()));
    for (float& value : values) value = static_cast<float>(static_cast<int>(random() % 5) - 2);
    Buffer& buffer = buffers_.emplace_back(*device_, values.size() * sizeof(float));
    device_->copy_in(buffer.data(), values.data(), buffer.bytes(), device_->stream());
    device_->stream().synchronize();
    args_.*member = view_of(buffer.data(), shape);
    host_.push_back(std::move(values));
  }

  const KernelShape<Op> shape_;
  std::unique_ptr<Device> device_;
  std::vector<std::vector<float>> host_;
  std::vector<Buffer> buffers_;
  Buffer output_, scratch_;
  typename Op::Args args_;
  std::unique_ptr<Prepared<Op>> prepared_;
  std::optional<DeviceClock> clock_;
};

// The shape as the implementation serves it: those on tensor cores, where it allows TF32.
template <class Op>
KernelShape<Op> shape_for(const Implementation<Op>& implementation, KernelShape<Op> shape) {
  if constexpr (requires { shape.problem.math; })
    if (implementation.name.ends_with("_tf32")) shape.problem.math = Math::tf32;
  return shape;
}

// Every implementation of the device that takes the shape. `tiny`, on the CPU: also what is too slow for real
// shapes, the plain reference and the emulated kernels (their time says nothing of a GPU; they are marked).
template <class Op>
void register_kernel(const KernelShape<Op>& asked, bool tiny, const Settings& settings) {
  const bool cuda = settings.device == "cuda";
  for (const auto& implementation : implementations<Op>()) {
    const KernelShape<Op> shape = shape_for(implementation, asked);
    const bool emulated = implementation.device == DeviceKind::emulated;
    if (cuda ? implementation.device != DeviceKind::cuda
             : !emulated && implementation.device != DeviceKind::cpu)
      continue;
    if (!tiny && (emulated || implementation.name == "reference")) continue;
    const std::string device = emulated ? "emulated:sm_80" : settings.device;
    if (!implementation.refuse(shape.problem, open_device(device, {.threads = 1})->properties()).empty())
      continue;
    register_case(
        text("kernel/", shape.pass, "/", shape.name, "/", implementation.name, emulated ? "_emulated" : ""),
        [&implementation, shape, device, threads = settings.threads]() -> Pass {
          auto run = std::make_shared<KernelRun<Op>>(implementation, shape, device, threads);
          run->run();
          run->verify();
          return [run] { return run->run(); };
        },
        1, shape.work(), cuda ? Clock::device : Clock::host);
  }
}

}  // namespace graft::bench
