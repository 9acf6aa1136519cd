#pragma once

#include "engine/op.h"

namespace graft {

std::string onednn_version();  // of the library that runs: "2.6.3"

// Empty, or why the library has no products of bfloat16 on this processor but emulated ones.
std::string why_no_onednn_bf16();

// Instantiated in the op's onednn.cpp, for float32 and, where it has that, for bfloat16 in memory.
template <class Op, Math math>
struct Onednn {
  static std::string refuse(const typename Op::Problem& problem, const DeviceProperties& device);
  static std::unique_ptr<Prepared<Op>> prepare(const typename Op::Problem& problem, Device& device);
};

// A line of an op's list: the library.
template <class Op, Math math = Math::fp32>
constexpr Implementation<Op> onednn_entry() {
  return {math == Math::bf16 ? "onednn_bf16" : "onednn",
          DeviceKind::cpu,
          Onednn<Op, math>::refuse,
          Onednn<Op, math>::prepare,
          Arithmetic::exact,
          math};
}

}  // namespace graft
