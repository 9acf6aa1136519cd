#include <iomanip>

#include "bench/emulation.h"
#include "bench/op_report.h"
#include "engine/check.h"

namespace graft::bench {

namespace {

std::string size_text(int64_t x, int64_t y, int64_t z) {
  return text(x, y * z > 1 ? text('x', y) : "", z > 1 ? text('x', z) : "");
}

// Why a launch has no figures of its compiled kernel; empty where it has.
std::string unknown(const KernelLaunch& found, const OpPlan& plan) {
  if (found.function.empty()) return "its kernel cannot be told: no addr2line, or a stripped program";
  if (!plan.gpu) return "no GPU of this architecture is known";
  return found.compiled ? "" : found.function + " is not in kernels/kernel_figures.tsv";
}

void print_launch(const KernelLaunch& found, const OpPlan& plan, std::ostream& out) {
  const auto& [name, function, grid, block, shared_bytes] = found.launch;
  out << "  " << name << ": grid " << size_text(grid.x, grid.y, grid.z) << ", block "
      << size_text(block.x, block.y, block.z) << ", " << shared_bytes << " bytes of shared memory\n    ";
  const std::string reason = unknown(found, plan);
  if (!reason.empty()) return void(out << reason << '\n');
  const Occupancy& held = *found.occupancy;
  out << found.function << ": " << found.compiled->registers << " registers, "
      << found.compiled->spilled_bytes << " bytes spilled\n    " << std::setprecision(3) << held.blocks
      << " blocks a multiprocessor, " << held.warps << " of " << most_warps << " warps: occupancy "
      << double(held.warps) / most_warps << ", limited by " << held.limit << "; " << found.waves
      << " waves\n";
}

void print_requests(const char* requests, const char* parts, const emulator::RequestCounts& counts,
                    std::ostream& out) {
  if (counts.requests == 0) return;
  out << "    " << counts.requests << ' ' << requests << " requests: " << counts.parts << ' ' << parts
      << ", ideally " << counts.ideal << std::setprecision(2) << std::fixed << " ("
      << double(counts.parts) / double(counts.ideal) << ")\n"
      << std::defaultfloat;
}

void print_counts(const Figures& figures, std::ostream& out) {
  const Emulated& emulated = figures.emulated;
  if (!emulated.counts)
    return void(out << "  memory requests are not counted: this build has no checked device\n");
  if (!same_kernels(figures.launches, emulated.launches))
    out << "  " << emulated.shape << " is computed by other kernels than the whole shape:\n";
  for (const auto& [name, counts] : *emulated.counts) {
    out << "  " << name << " on " << emulated.shape << ":\n";
    print_requests("shared", "wavefronts", counts.shared, out);
    print_requests("global", "sectors", counts.global, out);
  }
}

void print_figures(const OpPlan& plan, const Figures& figures, std::ostream& out) {
  out << figures.kernel->implementation << ": equal to the definition at " << verified_places << " places of "
      << figures.emulated.shape << '\n';
  for (const KernelLaunch& found : figures.launches) print_launch(found, plan, out);
  print_counts(figures, out);
}

}  // namespace

void report_figures(const OpPlan& plan, std::ostream& out) {
  const bool json = plan.command.json;
  const char* separator = "";
  json ? begin_json(plan, out) : print_heading(plan, out);
  for (const KernelCase& kernel : plan.cases) {
    const Figures figures{&kernel, kernel_launches(plan, kernel),
                          emulate(plan, emulated_sizes(plan), kernel.implementation)};
    if (json)
      out << separator << json_figures(plan, figures);
    else
      print_figures(plan, figures, out);
    separator = ",\n  ";
  }
  json ? end_json(plan, out) : print_refusals(plan, out);
}

}  // namespace graft::bench
