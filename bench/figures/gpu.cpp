#include "bench/figures/gpu.h"

#include <algorithm>

#include "bench/figures/tables.h"
#include "engine/check.h"

namespace graft::bench {

std::vector<Gpu> gpus() {
  std::vector<Gpu> all;
  for (const auto& row : table_rows(gpu_table()))
    all.push_back({row.at(0), row.at(1), std::stoi(row.at(2)), std::stod(row.at(3)), std::stod(row.at(4)),
                   std::stod(row.at(5)), std::stod(row.at(6)), row.at(7)});
  return all;
}

Gpu find_gpu(std::string_view name) {
  std::string known;
  for (const Gpu& gpu : gpus()) {
    if (gpu.name == name) return gpu;
    known += ' ' + gpu.name;
  }
  fail(ErrorCode::call, "--gpu ", name, " is unknown; there are", known);
}

Roof roof(const Gpu& gpu, Math math, double flops, double bytes) {
  const double arithmetic = flops / gpu.peak(math), memory = bytes / gpu.bandwidth;
  return {std::max(arithmetic, memory), memory > arithmetic};
}

}  // namespace graft::bench
