#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/kernel_shape.h"
#include "engine/check.h"
#include "engine/float_elements.h"
#include "engine/half.h"
#include "engine/op.h"

namespace graft::bench {

// One implementation of an op on one shape, made ready on a device of its own.
class KernelRun {
 public:
  virtual ~KernelRun() = default;
  virtual Device& device() = 0;
  // Gives the work to the device's stream; called inside device().call().
  virtual void launch() = 0;
  // Compares what was computed with the definition, at random places. Small integers have exact sums: equal,
  // but for the ops that divide and the implementations that transform.
  virtual void verify() = 0;

  void launch_and_verify() {
    device().call([this] { launch(); });
    verify();
  }
};

inline constexpr int verified_places = 100;
// What a transformed sum may differ by, as a share of the largest one there.
inline constexpr double transformed_tolerance = 1e-5;

// An exact result, rounded once where it is stored in 16 bits.
inline double as_stored(double value, DType type) {
  return type == DType::bfloat16 ? to_float(to_bfloat16(static_cast<float>(value))) : value;
}

// Filled: with numbers to compute from. Empty: memory that nobody touches, for launches that are not run.
enum class Operands : uint8_t { filled, empty };

template <class Op>
class KernelRunOf final : public KernelRun {
 public:
  KernelRunOf(const Implementation<Op>& implementation, const KernelShape<Op>& shape,
              const std::string& device, int threads, Operands operands)
      : name_(implementation.name),
        transformed_(implementation.arithmetic == Arithmetic::transformed),
        shape_(shape),
        device_(open_device(device, {.threads = threads})) {
    sets_.resize(1);
    for (size_t i = 0; i < shape.inputs.size(); ++i) place_input(i, operands);
    if (device_->properties().separate_memory) copy_inputs();
    TensorView output = view_of(nullptr, shape.output_shape, shape.output_type);
    output_ = Buffer(*device_, output.bytes());
    output.data = output_.data();
    for (Set& set : sets_) set.args.*shape.output = output;
    for (const auto& [member, other] : shape.others) {
      TensorView view = view_of(nullptr, other);
      others_.emplace_back(*device_, view.bytes());
      view.data = others_.back().data();
      for (Set& set : sets_) set.args.*member = view;
    }
    prepared_ = implementation.prepare(shape.problem, *device_);
    scratch_ = Buffer(*device_, prepared_->scratch_bytes() + 1);
  }

  Device& device() override { return *device_; }

  void launch() override {
    prepared_->run(sets_[turn_++ % sets_.size()].args, {device_->stream(), scratch_.data(), nullptr});
  }

  void verify() override {
    std::vector<std::byte> bytes(output_.bytes());
    device_->copy_out(bytes.data(), output_.data(), output_.bytes(), device_->stream());
    device_->stream().synchronize();
    const DType type = shape_.output_type;
    std::vector<float> got(static_cast<size_t>(shape_.output_shape.count()));
    to_floats(bytes.data(), shape_.output_shape.count(), type, got.data());
    std::mt19937 random(7);
    std::vector<std::pair<int64_t, double>> places;
    double largest = 0;
    for (int i = 0; i < verified_places; ++i) {
      const int64_t at = static_cast<int64_t>(random() % got.size());
      places.emplace_back(at, as_stored(shape_.element(shape_.problem, host_, at), type));
      largest = std::max(largest, std::fabs(places.back().second));
    }
    for (const auto& [at, expected] : places) {
      const double slack =
          shape_.tolerance * (1 + std::fabs(expected)) + (transformed_ ? transformed_tolerance * largest : 0);
      GRAFT_CHECK(std::fabs(got[at] - expected) <= slack, device, name_, ": wrong result: [", at, "] is ",
                  got[at], ", not ", expected);
    }
  }

 private:
  // Launches take turns with equal inputs in other memory, as far as there is memory for it, so that even
  // what a cache keeps through the clearing between them is of no use.
  struct Set {
    std::vector<Buffer> buffers;
    typename Op::Args args;
  };

  void place_input(size_t i, Operands operands) {
    const Shape& shape = shape_.inputs[i].second;
    add_buffer(sets_[0], i);
    if (operands == Operands::empty) return;
    std::vector<float> values(static_cast<size_t>(shape.count()));
    uint32_t state = static_cast<uint32_t>(i) + 1;  // numbers good enough for operands, and quick
    for (float& value : values) {
      state = state * 1664525 + 1013904223;
      value = static_cast<float>(static_cast<int>((state >> 16) % 5) - 2);
    }
    if (shape_.is_master(shape_.inputs[i].first))
      for (float& value : values) value = 1 + std::fabs(value);
    std::vector<std::byte> bytes(sets_[0].buffers[i].bytes());
    from_floats(values.data(), shape.count(), shape_.input_type(shape_.inputs[i].first), bytes.data());
    device_->copy_in(sets_[0].buffers[i].data(), bytes.data(), bytes.size(), device_->stream());
    device_->stream().synchronize();
    host_.push_back(std::move(values));
  }

  void add_buffer(Set& set, size_t i) {
    const auto& [member, shape] = shape_.inputs[i];
    TensorView view = view_of(nullptr, shape, shape_.input_type(member));
    set.buffers.emplace_back(*device_, view.bytes());
    view.data = set.buffers.back().data();
    set.args.*member = view;
  }

  void copy_inputs() {
    size_t bytes = 0;
    for (const Buffer& buffer : sets_[0].buffers) bytes += buffer.bytes();
    const auto memory = device_->memory();
    const size_t sets = std::clamp<size_t>(memory ? memory->free / 4 / bytes : 1, 1, 4);
    sets_.resize(sets);
    for (size_t s = 1; s < sets; ++s)
      for (size_t i = 0; i < shape_.inputs.size(); ++i) {
        add_buffer(sets_[s], i);
        device_->copy(sets_[s].buffers[i].data(), sets_[0].buffers[i].data(), sets_[0].buffers[i].bytes(),
                      device_->stream());
      }
    device_->stream().synchronize();
  }

  const std::string_view name_;
  const bool transformed_;
  const KernelShape<Op> shape_;
  std::unique_ptr<Device> device_;
  Inputs host_;
  std::vector<Set> sets_;
  size_t turn_ = 0;
  std::vector<Buffer> others_;
  Buffer output_, scratch_;
  std::unique_ptr<Prepared<Op>> prepared_;
};

}  // namespace graft::bench
