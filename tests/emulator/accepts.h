#pragma once

#include <string_view>

#include "engine/device_factories.h"
#include "engine/op.h"

namespace graft::test {

// Whether the method of that name serves the problem on `emulated`; check_op() then runs it.
template <class Op>
bool accepts(std::string_view method, const typename Op::Problem& problem) {
  static const std::unique_ptr<Device> device = open_device("emulated", {.threads = 1});
  for (const Implementation<Op>& entry : implementations<Op>())
    if (entry.device == DeviceKind::emulated && entry.name == method)
      return entry.refuse(problem, device->properties()).empty();
  return false;
}

}  // namespace graft::test
