#include "bench/op_command.h"

#include <iostream>

#include "bench/named_shapes.h"
#include "bench/op_report.h"
#include "engine/check.h"

namespace graft::bench {

namespace {

bool emulates(const DeviceProperties& device) { return device.kind == DeviceKind::emulated; }

// The GPU that an emulated device stands for where none is named. Of a real one it is not known.
std::optional<Gpu> gpu_for(const OpCommand& command, const DeviceProperties& device) {
  const auto fits = [&](const Gpu& gpu) {
    return gpu.architecture.starts_with(text("sm_", device.architecture));
  };
  if (command.gpu.empty()) {
    if (emulates(device))
      for (const Gpu& gpu : gpus())
        if (fits(gpu)) return gpu;
    return std::nullopt;
  }
  const Gpu gpu = find_gpu(command.gpu);
  GRAFT_CHECK(device.architecture != 0, call, "--gpu is for --device cuda and emulated; no figures of ",
              device.name, " are known");
  GRAFT_CHECK(fits(gpu), call, "--gpu ", gpu.name, " is ", gpu.architecture, " and --device ", device.name,
              " is not; use --device emulated:", gpu.architecture);
  return gpu;
}

// A shape's text as it is, or that of the layer that it names.
std::string named_or_text(std::string_view op, const std::string& shape) {
  if (shape.find('.') == std::string::npos) return shape;
  for (const NamedShape& named : named_shapes())
    if (named.op == op && named.name == shape) return named.shape;
  fail(ErrorCode::call, "--shape ", shape, ": no shape of ", op,
       " has that name; --benchmark_list_tests shows them");
}

void select(OpPlan& plan) {
  const std::string& method = plan.command.method;
  std::string known;
  for (KernelCase& kernel : plan.pass.cases(plan.sizes, plan.command.precision)) {
    if (kernel.device != plan.device.kind) continue;
    known += text(' ', kernel.implementation);
    if (!method.empty() && kernel.implementation != method) continue;
    const std::string reason = kernel.refuse(plan.device);
    if (reason.empty())
      plan.cases.push_back(std::move(kernel));
    else
      plan.refused.push_back({kernel.implementation, reason});
  }
  GRAFT_CHECK(!known.empty(), call, plan.pass.op, ' ', plan.pass.pass, " has no entry for ",
              plan.device.name);
  GRAFT_CHECK(method.empty() || !plan.cases.empty() || !plan.refused.empty(), call, "--method ", method,
              " is unknown; ", plan.pass.op, ' ', plan.pass.pass, " on ", plan.device.name, " has", known);
  GRAFT_CHECK(method.empty() || plan.refused.empty(), call, "--method ", method,
              " refuses this shape: ", plan.refused.front().reason);
}

}  // namespace

OpPlan plan_op(const OpCommand& command) {
  const OpPass pass = find_op_pass(command.op, command.pass);
  GRAFT_CHECK(!command.shape.empty(), call, "--shape is missing; sizes of ", pass.op, ": ",
              meanings(pass.letters));
  OpPlan plan;
  plan.command = command;
  plan.pass = pass;
  plan.sizes = parse_shape(named_or_text(pass.op, command.shape), pass.letters);
  plan.device = open_device(command.device, {.threads = command.threads})->properties();
  GRAFT_CHECK(plan.device.kind != DeviceKind::checked && plan.device.kind != DeviceKind::float64, call,
              "--device ", command.device,
              " is not for --op; use cpu, cuda or emulated, which runs checked too");
  plan.gpu = gpu_for(command, plan.device);
  select(plan);
  return plan;
}

void run_op(const OpCommand& command) {
  const OpPlan plan = plan_op(command);
  if (emulates(plan.device))
    report_figures(plan, std::cout);
  else
    report_times(plan, std::cout);
}

}  // namespace graft::bench
