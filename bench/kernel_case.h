#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/kernel_run.h"

namespace graft::bench {

// An entry of an op's list on one shape, whatever the op is.
struct KernelCase {
  std::string_view implementation;
  DeviceKind device;
  Math math;  // what its products are formed from
  Work work;
  std::function<std::string(const DeviceProperties&)> refuse;
  std::function<std::unique_ptr<KernelRun>(const std::string& device, int threads, Operands)> open;
};

template <class Op>
Math math_of(const Implementation<Op>& implementation) {
  return implementation.name.ends_with("_tf32") ? Math::tf32 : Math::fp32;
}

// All entries of the op's list, in its order.
template <class Op>
std::vector<KernelCase> cases_of(const KernelShape<Op>& shape) {
  std::vector<KernelCase> cases;
  for (const Implementation<Op>& implementation : implementations<Op>())
    cases.push_back({implementation.name, implementation.device, math_of(implementation), shape.work(),
                     [&implementation, shape](const DeviceProperties& device) {
                       return implementation.refuse(shape.problem, device);
                     },
                     [&implementation, shape](const std::string& device, int threads, Operands operands) {
                       return std::make_unique<KernelRunOf<Op>>(implementation, shape, device, threads,
                                                                operands);
                     }});
  return cases;
}

}  // namespace graft::bench
