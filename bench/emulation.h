#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/figures/compiled_kernels.h"
#include "bench/figures/occupancy.h"
#include "bench/op_report.h"
#include "kernels/emulator/emulator.h"

namespace graft::bench {

// A kernel that an entry launches, and what is known of it without a GPU.
struct KernelLaunch {
  emulator::LaunchRecord launch;
  std::string function;                    // "conv_forward_tiled_kernel"; empty where it cannot be told
  std::optional<CompiledKernel> compiled;  // nothing where nvcc's figures have no such kernel
  std::optional<Occupancy> occupancy;
  double waves = 0;  // of blocks, over the whole GPU
};

// The launches of an entry on sizes that it takes; none of them is run.
std::vector<KernelLaunch> kernel_launches(const OpPlan& plan, const KernelCase& kernel);

// Whether both launch the same kernels, in the same order.
bool same_kernels(const std::vector<KernelLaunch>& a, const std::vector<KernelLaunch>& b);

// The shape with as many images as emulation takes in about a second, or all of it where the command says
// whole.
Sizes emulated_sizes(const OpPlan& plan);

// What emulation says of an entry on some sizes. Fails where a result is not that of the definition.
struct Emulated {
  std::string shape;
  std::vector<KernelLaunch> launches;
  // Of the checked device, which also looks for races and the like; nothing where this build has none.
  std::optional<emulator::Counts> counts;
};
// Throws Error{call} where the entry refuses these sizes.
Emulated emulate(const OpPlan& plan, const Sizes& sizes, std::string_view implementation);

// All that is known of an entry without a GPU.
struct Figures {
  const KernelCase* kernel;
  std::vector<KernelLaunch> launches;  // of the shape that was asked for
  Emulated emulated;                   // of as much of it as was computed
};
std::string json_figures(const OpPlan& plan, const Figures& figures);

}  // namespace graft::bench
