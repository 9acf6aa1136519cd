#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "bench/figures/gpu.h"
#include "bench/kernel_case.h"
#include "bench/op_command.h"
#include "bench/ops.h"

namespace graft::bench {

struct Refusal {
  std::string_view implementation;
  std::string reason;
};

// What a command means on its device.
struct OpPlan {
  OpCommand command;
  OpPass pass;
  Sizes sizes;
  DeviceProperties device;
  std::optional<Gpu> gpu;
  std::vector<KernelCase> cases;  // those that take the shape
  std::vector<Refusal> refused;

  std::string shape() const { return text_of(sizes, pass.letters); }
};

// Throws Error{call} for what cannot be done as asked.
OpPlan plan_op(const OpCommand& command);

// Verify and time every case; verify and say what is known without a GPU.
void report_times(const OpPlan& plan, std::ostream& out);
void report_figures(const OpPlan& plan, std::ostream& out);

// Parts of both reports. Text: the line that says what is computed, the roof, who refused. JSON: the
// beginning up to the list of benchmarks, and the end behind it, laid out as Google Benchmark's.
void print_heading(const OpPlan& plan, std::ostream& out);
void print_refusals(const OpPlan& plan, std::ostream& out);
void begin_json(const OpPlan& plan, std::ostream& out);
void end_json(const OpPlan& plan, std::ostream& out);
// "name": ... "bytes": of one benchmark, without braces.
std::string json_case(const OpPlan& plan, const KernelCase& kernel);
Roof roof_of(const OpPlan& plan, const KernelCase& kernel);  // where plan.gpu is known
std::string json_string(std::string_view value);

}  // namespace graft::bench
