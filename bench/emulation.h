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

// The launches of the whole shape; none of them is run.
std::vector<KernelLaunch> kernel_launches(const OpPlan& plan, const KernelCase& kernel);

// The shape with as many images as emulation takes in about a second, or all of it where the command says
// whole.
Sizes emulated_sizes(const OpPlan& plan);

// Runs the entry on the emulated device and compares with the definition.
void verify_emulated(const OpPlan& plan, const Sizes& sizes, std::string_view implementation);

// Runs it on the checked device, which also looks for races and the like, and counts its memory requests.
// Nothing where this build has no such device, or the entry refuses these sizes.
std::optional<emulator::Counts> count_accesses(const OpPlan& plan, const Sizes& sizes,
                                               std::string_view implementation);

}  // namespace graft::bench
