#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/op.h"

namespace graft::test {

// A tensor of a test: values that both float and double hold exactly.
struct HostTensor {
  Shape shape;
  std::vector<double> values;
  // float64 stands for the device's own floating-point type; bfloat16 is float64 on the device of that name.
  DType dtype = DType::float64;
};

// Opened once each; closed when the program ends.
Device& device_for_tests(std::string_view name);
std::vector<std::string_view> device_names_for_tests();

// What an op reads, writes (its memory starts as infinity) and updates.
template <class Op>
struct OpCase {
  using Tested = Op;
  using Member = TensorView Op::Args::*;
  typename Op::Problem problem;
  std::vector<std::pair<Member, HostTensor>> inputs;
  std::vector<std::pair<Member, HostTensor>> updates;
  std::vector<std::pair<Member, HostTensor>> outputs;  // shapes and types only
  std::vector<std::pair<Member, Member>> shared;       // the first lives in the second's memory
  std::vector<Member> constants;                       // overwritten with NaN once packed
  std::pair<Member, std::vector<std::byte>> raw{nullptr, {}};
  StepState state;
  std::vector<Member> slices = {};  // of the inputs, [rows, c]: in the midst of wider rows
};

// The outputs, then the updates, in the order of the case.
struct OpResult {
  std::vector<std::vector<double>> tensors;
  StepState state;
  bool packed = false;
};

std::vector<std::byte> encode(const std::vector<double>& values, DType dtype);
std::vector<double> decode(const std::vector<std::byte>& bytes, DType dtype);
DType floating_type(DeviceKind kind);

// A device's copy of one tensor.
class DeviceTensor {
 public:
  DeviceTensor(Device& device, const HostTensor& host, bool dirty);
  TensorView view() const;
  std::vector<double> read() const;
  void poison();

 private:
  Device* device_;
  Shape shape_;
  DType dtype_;
  Buffer buffer_;
};

// [rows, c] with four NaN on either side of each row, as pixels; and the view of what is in the midst.
HostTensor in_wider_rows(const HostTensor& tensor);
TensorView slice_of_wider_rows(const TensorView& wide);

Buffer filled_buffer(Device& device, const std::vector<std::byte>& bytes);
std::vector<std::byte> nan_bytes(size_t count);

template <class Op>
typename Op::Problem problem_on(const Device& device, typename Op::Problem problem) {
  problem.dtype = floating_type(device.properties().kind);
  if constexpr (requires { problem.math; })
    if (problem.dtype == DType::float32) problem.dtype = dtype_of(problem.math);
  return problem;
}

// Runs one implementation as a plan would: packing, scratch memory full of NaN, outputs full of infinity.
template <class Op>
OpResult run_op(const Implementation<Op>& implementation, Device& device, const OpCase<Op>& test) {
  const auto problem = problem_on<Op>(device, test.problem);
  typename Op::Args args;
  std::vector<std::pair<TensorView Op::Args::*, DeviceTensor>> tensors;
  const auto place = [&](const auto& list, bool dirty) {
    for (const auto& [member, host] : list) {
      const bool slice = std::find(test.slices.begin(), test.slices.end(), member) != test.slices.end();
      tensors.emplace_back(member, DeviceTensor(device, slice ? in_wider_rows(host) : host, dirty));
      args.*member = tensors.back().second.view();
      if (slice) args.*member = slice_of_wider_rows(args.*member);
    }
  };
  place(test.outputs, true);
  place(test.updates, false);
  place(test.inputs, false);
  for (const auto& [member, other] : test.shared) {
    for (auto& [name, tensor] : tensors)
      if (name == other) args.*member = tensor.view();
  }
  Buffer raw;
  if (test.raw.first) {
    raw = filled_buffer(device, test.raw.second);
    (args.*test.raw.first).data = raw.data();
  }
  auto prepared = implementation.prepare(problem, device);
  std::vector<std::byte> state(sizeof(StepState));
  std::memcpy(state.data(), &test.state, sizeof(StepState));
  const Buffer device_state = filled_buffer(device, state);
  const std::vector<std::byte> behind = nan_bytes(64);
  const Buffer scratch = filled_buffer(device, nan_bytes(prepared->scratch_bytes() + behind.size()));
  const RunContext context{device.stream(), scratch.data(),
                           reinterpret_cast<StepState*>(device_state.data())};
  OpResult result;
  device.call([&] { result.packed = prepared->keep_constants(args, context); });
  if (result.packed)
    for (auto member : test.constants)
      for (auto& [name, tensor] : tensors)
        if (name == member) tensor.poison();
  device.call([&] {
    prepared->run(args, context);
    device.stream().synchronize();
  });
  std::vector<std::byte> found(behind.size());
  device.copy_out(found.data(), static_cast<const std::byte*>(scratch.data()) + prepared->scratch_bytes(),
                  found.size(), device.stream());
  device.stream().synchronize();
  CHECK_MESSAGE(found == behind, implementation.name, " writes behind its scratch memory");
  for (size_t i = 0; i < test.outputs.size() + test.updates.size(); ++i)
    result.tensors.push_back(tensors[i].second.read());
  device.copy_out(&result.state, device_state.data(), sizeof(StepState), device.stream());
  device.stream().synchronize();
  return result;
}

template <class Op>
const Implementation<Op>& float64_reference() {
  for (const auto& implementation : implementations<Op>())
    if (implementation.device == DeviceKind::float64) return implementation;
  fail(ErrorCode::device, Op::name, " has no float64 reference");
}

// visit(implementation, device) for every implementation that accepts the problem; returns how many there
// were.
template <class Op, class Visit>
int for_each_implementation(const typename Op::Problem& problem, const Visit& visit) {
  int visited = 0;
  for (std::string_view name : device_names_for_tests()) {
    Device& device = device_for_tests(name);
    for (const auto& implementation : implementations<Op>()) {
      if (implementation.device != device.properties().kind) continue;
      if (!implementation.refuse(problem_on<Op>(device, problem), device.properties()).empty()) continue;
      visit(implementation, device);
      ++visited;
    }
  }
  return visited;
}

}  // namespace graft::test
