#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/dtype.h"

namespace graft::bench {

// What a GPU's maker publishes of it (gpus.tsv).
struct Gpu {
  std::string name;
  std::string architecture;  // "sm_80"
  int multiprocessors;
  double fp32, tf32, bf16;  // operations a second
  double bandwidth;         // bytes a second
  std::string source;

  double peak(Math math) const { return math == Math::bf16 ? bf16 : math == Math::tf32 ? tf32 : fp32; }
};

std::vector<Gpu> gpus();
// Throws Error{call} naming those that there are.
Gpu find_gpu(std::string_view name);

// The least time that the work takes: every operation at the peak and every byte at full bandwidth, at once.
struct Roof {
  double seconds;
  bool by_bandwidth;  // which of them it is
};
Roof roof(const Gpu& gpu, Math math, double flops, double bytes);

}  // namespace graft::bench
