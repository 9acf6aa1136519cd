#pragma once

#include <memory>
#include <string>

#include "engine/check.h"
#include "engine/op.h"

namespace graft {

template <class Op, class T>
std::string refuse_other_types(const typename Op::Problem& problem, const DeviceProperties&) {
  if (problem.dtype == dtype_of<T>()) return {};
  return text("computes in ", name_of(dtype_of<T>()), ", not in ", name_of(problem.dtype));
}

template <class Op, class Class>
std::unique_ptr<Prepared<Op>> prepare_as(const typename Op::Problem& problem, Device&) {
  return std::make_unique<Class>(problem);
}

// A line of an op's list: plain loops in T.
template <class Op, template <class> class Reference, class T>
constexpr Implementation<Op> reference_entry(
    DeviceKind device, decltype(Implementation<Op>::refuse) refuse = refuse_other_types<Op, T>) {
  return {reference_name, device, refuse, prepare_as<Op, Reference<T>>};
}

}  // namespace graft
