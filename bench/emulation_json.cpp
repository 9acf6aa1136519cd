#include "bench/emulation.h"
#include "engine/check.h"

namespace graft::bench {

namespace {

std::string json_compiled(const KernelLaunch& found) {
  if (!found.compiled || !found.occupancy) return "";
  return text(", \"registers\": ", found.compiled->registers,
              ", \"spilled_bytes\": ", found.compiled->spilled_bytes,
              ", \"blocks_per_multiprocessor\": ", found.occupancy->blocks,
              ", \"warps_per_multiprocessor\": ", found.occupancy->warps,
              ", \"limit\": ", json_string(found.occupancy->limit), ", \"waves\": ", found.waves);
}

std::string json_launch(const KernelLaunch& found) {
  const auto& [name, function, grid, block, shared_bytes] = found.launch;
  return text("{\"name\": ", json_string(name), ", \"kernel\": ", json_string(found.function),
              ", \"grid\": [", grid.x, ", ", grid.y, ", ", grid.z, "], \"block\": [", block.x, ", ", block.y,
              ", ", block.z, "], \"shared_bytes\": ", shared_bytes, json_compiled(found), '}');
}

std::string json_requests(const std::string& name, const emulator::KernelCounts& counts) {
  return text(json_string(name), ": {\"shared_requests\": ", counts.shared.requests,
              ", \"wavefronts\": ", counts.shared.parts, ", \"ideal_wavefronts\": ", counts.shared.ideal,
              ", \"global_requests\": ", counts.global.requests, ", \"sectors\": ", counts.global.parts,
              ", \"ideal_sectors\": ", counts.global.ideal, '}');
}

}  // namespace

std::string json_figures(const OpPlan& plan, const Figures& figures) {
  const KernelCase& kernel = *figures.kernel;
  std::string launches, counts;
  for (const KernelLaunch& found : figures.launches)
    launches += (launches.empty() ? "" : ", ") + json_launch(found);
  if (figures.emulated.counts)
    for (const auto& [name, found] : *figures.emulated.counts)
      counts += (counts.empty() ? "" : ", ") + json_requests(name, found);
  const std::string shape = json_string(figures.emulated.shape);
  return text('{', json_case(plan, kernel),
              plan.gpu ? text(", \"roof_seconds\": ", roof_of(plan, kernel).seconds) : "",
              ", \"launches\": [", launches, "], \"verified_shape\": ", shape,
              ", \"counted_shape\": ", figures.emulated.counts ? shape : "null",
              ", \"same_kernels_counted\": ",
              same_kernels(figures.launches, figures.emulated.launches) ? "true" : "false", ", \"counts\": {",
              counts, "}}");
}

}  // namespace graft::bench
