#include <iomanip>

#include "bench/emulation.h"
#include "bench/op_report.h"
#include "engine/check.h"

namespace graft::bench {

namespace {

struct Figures {
  const KernelCase* kernel;
  std::vector<KernelLaunch> launches;
  std::optional<emulator::Counts> counts;
};

Figures figures_of(const OpPlan& plan, const KernelCase& kernel, const Sizes& sizes) {
  Figures figures{&kernel, kernel_launches(plan, kernel), {}};
  verify_emulated(plan, sizes, kernel.implementation);
  figures.counts = count_accesses(plan, sizes, kernel.implementation);
  return figures;
}

std::string size_text(int64_t x, int64_t y, int64_t z) {
  return text(x, y * z > 1 ? text('x', y) : "", z > 1 ? text('x', z) : "");
}

void print_launch(const KernelLaunch& found, const OpPlan& plan, std::ostream& out) {
  const auto& [name, function, grid, block, shared_bytes] = found.launch;
  out << "  " << name << ": grid " << size_text(grid.x, grid.y, grid.z) << ", block "
      << size_text(block.x, block.y, block.z) << ", shared memory " << shared_bytes << " bytes\n    ";
  if (found.function.empty())
    return void(out << "which kernel it is cannot be told: no addr2line, or a stripped program\n");
  out << found.function << ": ";
  if (!plan.gpu) return void(out << "no GPU of this architecture is known\n");
  if (!found.compiled) return void(out << "not in kernels/kernel_figures.tsv\n");
  out << found.compiled->registers << " registers, " << found.compiled->spilled_bytes
      << " bytes spilled\n    " << found.occupancy->blocks << " blocks a multiprocessor, "
      << found.occupancy->warps << " of " << most_warps << " warps (occupancy " << std::setprecision(3)
      << double(found.occupancy->warps) / most_warps << "), limited by " << found.occupancy->limit << "; "
      << found.waves << " waves\n";
}

void print_requests(const char* what, const char* parts, const emulator::RequestCounts& counts,
                    std::ostream& out) {
  out << ", " << what << ' ' << counts.requests << " requests";
  if (counts.requests == 0) return;
  out << ", " << counts.parts << ' ' << parts << " : " << counts.ideal << " ideal = " << std::setprecision(3)
      << std::fixed << double(counts.parts) / double(counts.ideal) << std::defaultfloat;
}

void print_counts(const Figures& figures, const std::string& shape, std::ostream& out) {
  if (!figures.counts)
    return void(out << "  not counted: no checked device in this build, or the entry refuses " << shape
                    << '\n');
  for (const auto& [name, counts] : *figures.counts) {
    out << "  " << name << " on " << shape;
    print_requests("shared", "wavefronts", counts.shared, out);
    print_requests("global", "sectors", counts.global, out);
    out << '\n';
  }
}

void print_json(const OpPlan& plan, const Figures& figures, const std::string& shape, std::ostream& out) {
  out << '{' << json_case(plan, *figures.kernel);
  if (plan.gpu)
    out << ", \"roof_seconds\": "
        << roof(*plan.gpu, figures.kernel->math, figures.kernel->work.flops, figures.kernel->work.bytes)
               .seconds;
  out << ", \"verified_shape\": " << json_string(shape) << ", \"launches\": [";
  const char* separator = "";
  for (const KernelLaunch& found : figures.launches) {
    const auto& [name, function, grid, block, shared_bytes] = found.launch;
    out << separator << "{\"name\": " << json_string(name) << ", \"kernel\": " << json_string(found.function)
        << ", \"grid\": [" << grid.x << ", " << grid.y << ", " << grid.z << "], \"block\": [" << block.x
        << ", " << block.y << ", " << block.z << "], \"shared_bytes\": " << shared_bytes;
    if (found.compiled)
      out << ", \"registers\": " << found.compiled->registers
          << ", \"spilled_bytes\": " << found.compiled->spilled_bytes
          << ", \"blocks_per_multiprocessor\": " << found.occupancy->blocks
          << ", \"warps_per_multiprocessor\": " << found.occupancy->warps
          << ", \"limit\": " << json_string(found.occupancy->limit) << ", \"waves\": " << found.waves;
    out << '}';
    separator = ", ";
  }
  out << "], \"counted_shape\": " << (figures.counts ? json_string(shape) : "null") << ", \"counts\": {";
  separator = "";
  for (const auto& [name, counts] : figures.counts.value_or(emulator::Counts())) {
    out << separator << json_string(name) << ": {\"shared_requests\": " << counts.shared.requests
        << ", \"wavefronts\": " << counts.shared.parts << ", \"ideal_wavefronts\": " << counts.shared.ideal
        << ", \"global_requests\": " << counts.global.requests << ", \"sectors\": " << counts.global.parts
        << ", \"ideal_sectors\": " << counts.global.ideal << '}';
    separator = ", ";
  }
  out << "}}";
}

}  // namespace

void report_figures(const OpPlan& plan, std::ostream& out) {
  if (plan.command.json)
    begin_json(plan, out);
  else
    print_heading(plan, out);
  if (!plan.cases.empty()) {
    const Sizes sizes = emulated_sizes(plan);
    const std::string shape = text_of(sizes, plan.pass.letters);
    const char* separator = "";
    for (const KernelCase& kernel : plan.cases) {
      const Figures figures = figures_of(plan, kernel, sizes);
      if (plan.command.json) {
        out << separator;
        print_json(plan, figures, shape, out);
        separator = ",\n  ";
        continue;
      }
      out << kernel.implementation << ": equal to the definition at " << verified_places << " places of "
          << shape << '\n';
      for (const KernelLaunch& found : figures.launches) print_launch(found, plan, out);
      print_counts(figures, shape, out);
    }
  }
  if (plan.command.json)
    end_json(plan, out);
  else
    print_refusals(plan, out);
}

}  // namespace graft::bench
