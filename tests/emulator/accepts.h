#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.h"
#include "engine/device.h"
#include "engine/op.h"

namespace graft::test {

// The names of the methods that serve the problem on `emulated`, in the list's order; check_op() runs them.
template <class Op>
std::vector<std::string_view> methods_for(const typename Op::Problem& problem) {
  static const std::unique_ptr<Device> device = open_device("emulated", {.threads = 1});
  std::vector<std::string_view> names;
  for (const Implementation<Op>& entry : implementations<Op>())
    if (entry.device == DeviceKind::emulated && entry.refuse(problem, device->properties()).empty())
      names.push_back(entry.name);
  return names;
}

template <class Op>
bool accepts(std::string_view method, const typename Op::Problem& problem) {
  const std::vector<std::string_view> names = methods_for<Op>(problem);
  return std::find(names.begin(), names.end(), method) != names.end();
}

// Those names, a blank between them, in the list's order.
template <class Op>
std::string methods(const typename Op::Problem& problem) {
  std::string all;
  for (const std::string_view name : methods_for<Op>(problem)) all += text(all.empty() ? "" : " ", name);
  return all;
}

}  // namespace graft::test
