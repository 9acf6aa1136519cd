#pragma once

#include "engine/op.h"

namespace graft {

std::string onednn_version();  // of the library that runs: "2.6.3"

// Instantiated in the op's onednn.cpp.
template <class Op>
struct Onednn {
  static std::string refuse(const typename Op::Problem& problem, const DeviceProperties& device);
  static std::unique_ptr<Prepared<Op>> prepare(const typename Op::Problem& problem, Device& device);
};

// A line of an op's list: the library.
template <class Op>
constexpr Implementation<Op> onednn_entry() {
  return {"onednn", DeviceKind::cpu, Onednn<Op>::refuse, Onednn<Op>::prepare};
}

}  // namespace graft
