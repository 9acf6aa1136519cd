#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/half.h"
#include "engine/op.h"
#include "kernels/emulator/emulator.h"
#include "support/kernel_devices.h"
#include "support/op_runner.h"

// Runs every kernel of an op's list against the float64 reference of the same list.
namespace graft::test {

enum class Role { input, output, updated };

// `values` of what is not output; float32 and bfloat16 become float64 on that device; a pixel_stride of 0
// means dense.
template <class Op>
struct Operand {
  Operand(TensorView Op::Args::*member, const Shape& shape, Role role, std::vector<double> values = {},
          DType dtype = DType::float32, int64_t pixel_stride = 0, int64_t offset = 0)
      : member(member),
        shape(shape),
        role(role),
        values(std::move(values)),
        dtype(dtype),
        pixel_stride(pixel_stride),
        offset(offset) {}

  TensorView Op::Args::*member;
  Shape shape;
  Role role;
  std::vector<double> values;
  DType dtype;
  int64_t pixel_stride;
  int64_t offset;  // of its first element in the buffer, whose address is a multiple of 64 bytes
};

inline std::vector<double> whole_numbers(int64_t count, unsigned seed, int most = 4) {
  std::mt19937 random(seed);
  std::vector<double> values(static_cast<size_t>(count));
  for (double& value : values)
    value = static_cast<int>(random() % static_cast<unsigned>(2 * most + 1)) - most;
  return values;
}

// Floats, so that every device starts from the same numbers.
inline std::vector<double> real_numbers(int64_t count, unsigned seed, double low = -1, double high = 1) {
  std::mt19937 random(seed);
  std::vector<double> values(static_cast<size_t>(count));
  for (double& value : values)
    value = static_cast<float>(low + (high - low) * static_cast<double>(random()) / 4294967295.0);
  return values;
}

// What is exact in float32 is rounded once where it is stored in 16 bits.
inline std::vector<double> as_stored(std::vector<double> values, DType dtype) {
  if (dtype == DType::bfloat16)
    for (double& value : values) value = to_float(to_bfloat16(static_cast<float>(value)));
  return values;
}

inline std::vector<double> half_numbers(int64_t count, unsigned seed) {
  return as_stored(real_numbers(count, seed), DType::bfloat16);
}

// Nothing may read what a test filled only to make it dirty.
inline void forget(Stream& stream, const void* memory, size_t bytes) {
  if (stream.device().kind == DeviceKind::checked) emulator::emulator_of(stream).forget(memory, bytes);
}

inline bool is_real(DType dtype) { return dtype == DType::float32 || dtype == DType::bfloat16; }

// Of a problem's activations.
template <class Problem>
DType type_of(const Problem& problem) {
  return problem.dtype == DType::bfloat16 ? DType::bfloat16 : DType::float32;
}

struct Outcome {
  std::vector<std::vector<double>> values;  // of each operand, afterwards
  StepState state;
};

// Outputs start as infinity (255 as bytes), scratch as NaN, and guards behind every operand must survive.
template <class Op>
Outcome run_entry(Device& device, const Implementation<Op>& entry, typename Op::Problem problem,
                  const std::vector<Operand<Op>>& operands, StepState state) {
  constexpr size_t guard = 256;
  const bool in_double = device.properties().kind == DeviceKind::float64;
  if constexpr (requires { problem.dtype; }) problem.dtype = in_double ? DType::float64 : type_of(problem);
  Outcome outcome;
  device.call([&] {
    Stream& stream = device.stream();
    std::vector<Buffer> buffers;
    typename Op::Args args;
    std::vector<size_t> fronts, sizes;
    std::vector<DType> dtypes;
    for (const Operand<Op>& operand : operands) {
      const DType dtype = in_double && is_real(operand.dtype) ? DType::float64 : operand.dtype;
      const int64_t stride = operand.pixel_stride;
      const int64_t count =
          stride ? operand.shape.count() / operand.shape.c() * stride : operand.shape.count();
      const size_t size = static_cast<size_t>(count) * size_of(dtype);
      const size_t front = static_cast<size_t>(operand.offset) * size_of(dtype);
      std::vector<double> values = operand.values;
      if (operand.role == Role::output)
        values.assign(static_cast<size_t>(count),
                      dtype == DType::uint8 ? 255 : std::numeric_limits<double>::infinity());
      REQUIRE(values.size() == static_cast<size_t>(count));
      std::vector<std::byte> bytes = encode(values, dtype);
      bytes.insert(bytes.begin(), front, std::byte{0xA5});
      bytes.resize(bytes.size() + guard, std::byte{0xA5});
      buffers.emplace_back(device, bytes.size());
      device.copy_in(buffers.back().data(), bytes.data(), bytes.size(), stream);
      stream.synchronize();
      if (operand.role == Role::output) forget(stream, buffers.back().data() + front, size);
      TensorView view = view_of(buffers.back().data() + front, operand.shape, dtype);
      if (stride) view.pixel_stride = stride;
      args.*operand.member = view;
      fronts.push_back(front);
      sizes.push_back(size);
      dtypes.push_back(dtype);
    }
    const std::unique_ptr<Prepared<Op>> prepared = entry.prepare(problem, device);
    Buffer scratch(device, prepared->scratch_bytes() + guard), state_memory(device, sizeof(StepState));
    device.fill(scratch.data(), 0xFF, scratch.bytes(), stream);
    forget(stream, scratch.data(), scratch.bytes());
    device.copy_in(state_memory.data(), &state, sizeof state, stream);
    prepared->run(args, {stream, scratch.data(), reinterpret_cast<StepState*>(state_memory.data())});
    device.copy_out(&outcome.state, state_memory.data(), sizeof state, stream);
    const auto check_guard = [&](const Buffer& buffer, size_t front, size_t size, std::byte expected) {
      std::vector<std::byte> bytes(front + size + guard);
      device.copy_out(bytes.data(), buffer.data(), bytes.size(), stream);
      stream.synchronize();
      for (size_t i = 0; i < bytes.size(); ++i)
        if (i < front || i >= front + size) REQUIRE(bytes[i] == expected);
      bytes.resize(front + size);
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(front));
      return bytes;
    };
    for (size_t i = 0; i < operands.size(); ++i)
      outcome.values.push_back(
          decode(check_guard(buffers[i], fronts[i], sizes[i], std::byte{0xA5}), dtypes[i]));
    check_guard(scratch, 0, prepared->scratch_bytes(), std::byte{0xFF});
  });
  return outcome;
}

struct Tolerance {
  double nmse = 0;  // 0: bit for bit
};
constexpr Tolerance exact{};
constexpr Tolerance float32_sums{1e-11};
constexpr Tolerance tf32_sums{2e-7};
constexpr Tolerance bf16_results{1e-5};  // what is stored in 16 bits, whatever else is asked for

// What convolutions and dense layers are tested with.
struct ProductKind {
  using Numbers = std::vector<double> (*)(int64_t count, unsigned seed);
  Math math;
  Numbers numbers;
  Tolerance tolerance;
};
inline constexpr ProductKind::Numbers whole = [](int64_t n, unsigned seed) { return whole_numbers(n, seed); };
inline constexpr ProductKind::Numbers real = [](int64_t n, unsigned seed) { return real_numbers(n, seed); };
inline constexpr ProductKind product_kinds[] = {
    {Math::fp32, whole, exact}, {Math::fp32, real, float32_sums},
    {Math::tf32, whole, exact}, {Math::tf32, real, tf32_sums},
    {Math::bf16, whole, exact}, {Math::bf16, half_numbers, float32_sums}};

inline void compare(const std::string& what, const std::vector<double>& found,
                    const std::vector<double>& expected, Tolerance tolerance) {
  REQUIRE_MESSAGE(!expected.empty(), what);
  double error = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isinf(expected[i]) && found[i] == expected[i]) continue;  // a gap that nobody writes
    if (tolerance.nmse == 0) REQUIRE_MESSAGE(found[i] == expected[i], what, " element ", i);
    error += (found[i] - expected[i]) * (found[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  CHECK_MESSAGE(size > 0, what, ": all expected values are zero");
  CHECK_MESSAGE(error <= tolerance.nmse * size, what, ": NMSE ", error / size);
}

// The devices that run kernels, and before them the one that watches: it says what is wrong where the others
// would overwrite memory. Opened once, closed when the program ends.
inline const std::vector<std::unique_ptr<Device>>& op_devices() {
  static const std::vector<std::unique_ptr<Device>> devices = [] {
    std::vector<std::unique_ptr<Device>> list;
    if (GRAFT_CHECKED) list.push_back(open_device("checked"));
    for (auto& device : kernel_devices()) list.push_back(std::move(device));
    return list;
  }();
  return devices;
}

// The result must be the same bits in all of them, and the checker must find nothing in any.
inline constexpr emulator::Options orders[] = {
    {},
    {emulator::Order::reverse, emulator::Order::reverse, emulator::Delivery::at_wait},
    {emulator::Order::shuffled, emulator::Order::shuffled, emulator::Delivery::at_random, 7}};

inline void set_order(Device& device, const emulator::Options& options) {
  if (device.properties().kind != DeviceKind::cuda)
    emulator::emulator_of(device.stream()).set_options(options);
}

// Of a problem that allows TF32, the entries that serve it without are tested with the problem that does not.
template <class Op>
bool takes(const Implementation<Op>& entry, const typename Op::Problem& problem,
           const DeviceProperties& device) {
  if constexpr (requires { problem.math; })
    if (problem.math == Math::tf32 && entry.math != Math::tf32) return false;
  return entry.refuse(problem, device).empty();
}

// `methods`: how many entries of a device must have accepted the problem.
template <class Op>
Outcome check_op(const typename Op::Problem& problem, const std::vector<Operand<Op>>& operands,
                 Tolerance tolerance, int methods = 1, StepState state = {}) {
  const std::unique_ptr<Device> exact_device = open_device("float64", {.threads = 1});
  Outcome expected;
  int references = 0;
  for (const Implementation<Op>& entry : implementations<Op>())
    if (entry.device == DeviceKind::float64 && ++references == 1)
      expected = run_entry(*exact_device, entry, problem, operands, state);
  REQUIRE(references == 1);
  bool watched = false;
  for (const std::unique_ptr<Device>& device : op_devices()) {
    watched |= device->properties().kind == DeviceKind::checked;
    int accepted = 0;
    for (const Implementation<Op>& entry : implementations<Op>()) {
      if (entry.device != device->properties().kind || !takes(entry, problem, device->properties())) continue;
      ++accepted;
      const std::string what =
          text(Op::name, " ", problem, ": ", entry.name, " on ", device->properties().name);
      set_order(*device, orders[0]);
      const Outcome found = run_entry(*device, entry, problem, operands, state);
      for (size_t i = 0; i < operands.size(); ++i) {
        const DType dtype = operands[i].dtype;
        const bool exactly = !is_real(dtype) || operands[i].role == Role::input || tolerance.nmse == 0;
        compare(text(what, ", operand ", i), found.values[i],
                exactly ? as_stored(expected.values[i], dtype) : expected.values[i],
                exactly                    ? exact
                : dtype == DType::bfloat16 ? bf16_results
                                           : tolerance);
      }
      compare(text(what, ", norm"), {1 + found.state.gradient_norm, found.state.clip_factor},
              {1 + expected.state.gradient_norm, expected.state.clip_factor}, {1e-24});
      for (size_t i = 1; i < std::size(orders); ++i) {
        set_order(*device, orders[i]);
        const Outcome again = run_entry(*device, entry, problem, operands, state);
        CHECK_MESSAGE(again.values == found.values, what, ": another run, in order ", i, ", gave other bits");
      }
    }
    CHECK_MESSAGE(accepted >= methods, Op::name, " ", problem, ": ", accepted, " methods accept it");
  }
  REQUIRE(watched == GRAFT_CHECKED);
  return expected;
}

// As well with the activations in bfloat16, and everything else as it was.
template <class Op>
Outcome check_op_in_both(typename Op::Problem problem, std::vector<Operand<Op>> operands,
                         const std::vector<TensorView Op::Args::*>& activations, Tolerance tolerance,
                         int methods = 1, const StepState& state = {}) {
  const Outcome outcome = check_op<Op>(problem, operands, tolerance, methods, state);
  problem.dtype = DType::bfloat16;
  for (Operand<Op>& operand : operands)
    if (std::find(activations.begin(), activations.end(), operand.member) != activations.end()) {
      operand.dtype = problem.dtype;
      operand.values = as_stored(operand.values, problem.dtype);
    }
  check_op<Op>(problem, operands, tolerance, 1, state);
  return outcome;
}

}  // namespace graft::test
