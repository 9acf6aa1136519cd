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
  Math math;  // what it computes with: bf16 where its operands are bfloat16
  Work work;
  std::function<std::string(const DeviceProperties&)> refuse;
  std::function<std::unique_ptr<KernelRun>(const std::string& device, int threads, Operands)> open;
};

// The entry's name in a list of cases: it ends in the math's where that is not float32.
inline std::string case_name(const KernelCase& kernel) {
  const std::string ending = kernel.math == Math::fp32 ? "" : text('_', name_of(kernel.math));
  return text(kernel.implementation, kernel.implementation.ends_with(ending) ? "" : ending);
}

// All entries of the op's list, in its order.
template <class Op>
std::vector<KernelCase> cases_of(const KernelShape<Op>& shape) {
  std::vector<KernelCase> cases;
  for (const Implementation<Op>& implementation : implementations<Op>())
    cases.push_back({implementation.name, implementation.device,
                     shape.problem.dtype == DType::bfloat16 ? Math::bf16 : implementation.math, shape.work(),
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
