#include "bench/op_report.h"

#include <cstdio>
#include <iomanip>

#include "engine/check.h"

namespace graft::bench {

void print_heading(const OpPlan& plan, std::ostream& out) {
  const Math precision = plan.command.precision;
  out << plan.pass.op << ' ' << plan.pass.pass << ' ' << plan.shape() << ' ' << name_of(precision) << " on "
      << plan.device.name;
  if (plan.device.kind != DeviceKind::cuda) out << ", threads: " << plan.device.threads;
  if (plan.cases.empty()) return void(out << '\n');
  const Work& work = plan.cases.front().work;
  out << std::setprecision(4) << "\n"
      << work.flops * 1e-9 << " GFLOP, " << work.bytes * 1e-6
      << " MB of operands, each counted once: " << work.flops / work.bytes << " FLOP/byte\n";
  if (!plan.gpu) return;
  for (const Math math : {Math::fp32, Math::tf32, Math::bf16}) {
    if (math != Math::fp32 && (precision != math || work.flops == 0)) continue;
    const Roof least = roof(*plan.gpu, math, work.flops, work.bytes);
    out << "roof of " << plan.gpu->name << " in " << name_of(math) << ": " << least.seconds * 1e6
        << " us, set by " << (least.by_bandwidth ? "bandwidth" : "arithmetic") << " ("
        << plan.gpu->peak(math) * 1e-12 << " TFLOP/s, " << plan.gpu->bandwidth * 1e-9 << " GB/s)\n";
  }
  out << "  " << plan.gpu->source << '\n';
}

void print_refusals(const OpPlan& plan, std::ostream& out) {
  for (const auto& [implementation, reason] : plan.refused)
    out << implementation << " refuses: " << reason << '\n';
  if (plan.cases.empty()) out << "no entry takes this shape\n";
}

std::string json_string(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + '"';
}

std::string json_case(const OpPlan& plan, const KernelCase& kernel) {
  return text("\"name\": ",
              json_string(text("kernel/", plan.pass.op, '/', plan.pass.pass, '/', plan.shape(), '/',
                               case_name(kernel))),
              ", \"run_type\": \"iteration\", \"flops\": ", std::setprecision(12), kernel.work.flops,
              ", \"bytes\": ", kernel.work.bytes);
}

Roof roof_of(const OpPlan& plan, const KernelCase& kernel) {
  return roof(*plan.gpu, kernel.math, kernel.work.flops, kernel.work.bytes);
}

void begin_json(const OpPlan& plan, std::ostream& out) {
  out << "{\"context\": {\"graft_device\": " << json_string(plan.device.name)
      << ", \"graft_threads\": " << plan.device.threads
      << ", \"precision\": " << json_string(name_of(plan.command.precision))
      << ", \"gpu\": " << (plan.gpu ? json_string(plan.gpu->name) : "null") << "},\n \"benchmarks\": [";
}

void end_json(const OpPlan& plan, std::ostream& out) {
  out << "],\n \"refused\": [";
  const char* separator = "";
  for (const auto& [implementation, reason] : plan.refused) {
    out << separator << "{\"implementation\": " << json_string(implementation)
        << ", \"reason\": " << json_string(reason) << '}';
    separator = ",\n  ";
  }
  out << "]}\n";
}

}  // namespace graft::bench
