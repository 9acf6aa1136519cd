#pragma once

#include <cstddef>
#include <initializer_list>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/check.h"
#include "engine/op.h"
#include "kernels/activation/activation.h"
#include "kernels/onednn_entry.h"

// All of oneDNN's interface that more than one op needs. Only the onednn.cpp files include this.
namespace graft::onednn {

using dnnl::memory;

const dnnl::engine& engine();

memory::data_type type_of(DType type);  // float32 or bfloat16
memory::desc nhwc(int64_t n, int64_t h, int64_t w, int64_t c, DType type);
memory::desc matrix(int64_t rows, int64_t columns, DType type = DType::float32);
memory::desc vector(int64_t count);

// Scratch memory is ours; `y += conv` where sum, then the activation.
dnnl::primitive_attr attributes(Activation activation = Activation::none, bool sum = false);

// Where a primitive finds one of its operands.
struct Operand {
  int argument;
  memory::desc description;
  const void* data;
};

// A primitive with its stream. Made and run on the device's thread.
class Runner {
 public:
  Runner() = default;
  template <class Primitive>
  static Runner of(const typename Primitive::primitive_desc& descriptor) {
    return {Primitive(descriptor), descriptor.scratchpad_desc()};
  }
  size_t scratch_bytes() const { return scratchpad_.get_size(); }
  // With the same arguments in every run: the library's objects for them are made in the first.
  void run(std::initializer_list<Operand> operands, void* scratchpad) const;

 private:
  void place(const Operand& operand) const;

  Runner(const dnnl::primitive& primitive, const memory::desc& scratchpad)
      : primitive_(primitive), scratchpad_(scratchpad), stream_(engine()) {}
  dnnl::primitive primitive_;
  memory::desc scratchpad_;
  dnnl::stream stream_;
  mutable std::unordered_map<int, memory> arguments_;
};

// Rewrites a tensor from one layout into another.
class Reorder {
 public:
  Reorder() = default;
  Reorder(const memory::desc& from, const memory::desc& to);
  bool needed() const { return from_ != to_; }
  const memory::desc& to() const { return to_; }
  void run(const void* from, void* to, void* scratchpad) const;
  size_t scratch_bytes() const { return needed() ? runner_.scratch_bytes() : 0; }

 private:
  memory::desc from_, to_;
  Runner runner_;
};

// Slices of a prepared op's scratch memory, each aligned as the library wants it.
class Scratch {
 public:
  size_t add(size_t bytes) {
    const size_t offset = bytes_;
    bytes_ += (bytes + 63) / 64 * 64;
    return offset;
  }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

inline std::byte* at(const RunContext& context, size_t offset) {
  return static_cast<std::byte*>(context.scratch) + offset;
}

// Why the library does not serve the primitive that `make` describes, or nothing.
template <class Make>
std::string refusal(const Make& make) {
  try {
    const auto descriptor = make();
    const std::string_view name = descriptor.impl_info_str();
    if (name.starts_with("ref")) return text("oneDNN would run its own reference (", name, ")");
    return {};
  } catch (const dnnl::error& error) {
    return text("oneDNN does not offer it (", error.what(), ")");
  }
}

}  // namespace graft::onednn

namespace graft {

// The entry's class for an op, named in the op's onednn.cpp. It has static descriptor(problem), and may have
// static refuse_first(problem) for what the library cannot be asked.
template <class Op>
struct OnednnClass;

template <class Op, Math math>
std::string Onednn<Op, math>::refuse(const typename Op::Problem& problem, const DeviceProperties&) {
  using Class = typename OnednnClass<Op>::type;
  if (problem.dtype != dtype_of(math))
    return text("computes in ", name_of(dtype_of(math)), ", not in ", name_of(problem.dtype));
  if (math == Math::bf16 && !why_no_onednn_bf16().empty()) return why_no_onednn_bf16();
  if constexpr (requires { Class::refuse_first(problem); }) {
    const std::string reason = Class::refuse_first(problem);
    if (!reason.empty()) return reason;
  }
  return onednn::refusal([&] { return Class::descriptor(problem); });
}

// The library asks for the number of threads when a primitive is made, so that happens on the device's
// thread.
template <class Op, Math math>
std::unique_ptr<Prepared<Op>> Onednn<Op, math>::prepare(const typename Op::Problem& problem, Device& device) {
  using Class = typename OnednnClass<Op>::type;
  std::unique_ptr<Prepared<Op>> prepared;
  device.call([&] {
    try {
      prepared = std::make_unique<Class>(problem, device);
    } catch (const dnnl::error& error) {
      fail(ErrorCode::device, "oneDNN could not prepare ", Op::name, " ", problem, ": ", error.what());
    }
  });
  return prepared;
}

}  // namespace graft
