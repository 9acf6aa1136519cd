#include "bench/emulation.h"

#include <algorithm>

#include "engine/check.h"
#include "kernels/emulator/source_line.h"

namespace graft::bench {

namespace {

KernelLaunch figures_of(const OpPlan& plan, const emulator::LaunchRecord& launch) {
  KernelLaunch found;
  found.launch = launch;
  found.function = short_name(emulator::function_name(launch.function));
  if (!plan.gpu) return found;
  found.compiled = compiled_kernel(found.function, plan.gpu->architecture);
  if (!found.compiled) return found;
  const BlockSize& block = launch.block;
  found.occupancy = occupancy(plan.device.architecture, found.compiled->registers,
                              block.x * block.y * block.z, launch.shared_bytes);
  const GridSize& grid = launch.grid;
  found.waves =
      double(grid.x) * grid.y * grid.z / (double(plan.gpu->multiprocessors) * found.occupancy->blocks);
  return found;
}

KernelCase find_case(const OpPlan& plan, const Sizes& sizes, std::string_view implementation,
                     DeviceKind device) {
  for (KernelCase& kernel : plan.pass.cases(sizes, plan.command.precision)) {
    if (kernel.implementation != implementation || kernel.device != device) continue;
    const std::string refusal = kernel.refuse(plan.device);
    GRAFT_CHECK(refusal.empty(), call, implementation, " refuses ", text_of(sizes, plan.pass.letters), ": ",
                refusal, "; --whole takes all of the shape");
    return kernel;
  }
  fail(ErrorCode::device, implementation, " is missing on one of the emulated devices");
}

emulator::Counts count_accesses(const KernelCase& kernel, int architecture) {
  const auto run = kernel.open(text("checked:sm_", architecture), 1, Operands::filled);
  emulator::Emulator& emulator = emulator::emulator_of(run->device().stream());
  emulator.set_options({.count = true});
  run->launch_and_verify();
  return emulator.counts();
}

}  // namespace

std::vector<KernelLaunch> kernel_launches(const OpPlan& plan, const KernelCase& kernel) {
  const auto run = kernel.open(plan.device.name, 1, Operands::empty);
  emulator::Emulator& emulator = emulator::emulator_of(run->device().stream());
  emulator.set_options({.dry = true});
  run->device().call([&] { run->launch(); });
  std::vector<KernelLaunch> launches;
  for (const auto& launch : emulator.dry_launches()) launches.push_back(figures_of(plan, launch));
  return launches;
}

bool same_kernels(const std::vector<KernelLaunch>& a, const std::vector<KernelLaunch>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const KernelLaunch& x, const KernelLaunch& y) {
    return x.launch.function == y.launch.function;
  });
}

Sizes emulated_sizes(const OpPlan& plan) {
  constexpr double most = 1 << 27;  // multiply-adds and bytes
  Sizes sizes = plan.sizes;
  const Work& work = plan.cases.front().work;
  const double share = most / (work.flops / 2 + work.bytes);
  int64_t& images = sizes.at('n');
  if (share < 1 && !plan.command.whole)
    images = std::max<int64_t>(1, static_cast<int64_t>(share * double(images)));
  return sizes;
}

Emulated emulate(const OpPlan& plan, const Sizes& sizes, std::string_view implementation) {
  const KernelCase kernel = find_case(plan, sizes, implementation, DeviceKind::emulated);
  kernel.open(plan.device.name, plan.command.threads, Operands::filled)->launch_and_verify();
  Emulated emulated{text_of(sizes, plan.pass.letters), kernel_launches(plan, kernel), std::nullopt};
  if (GRAFT_CHECKED)
    emulated.counts =
        count_accesses(find_case(plan, sizes, implementation, DeviceKind::checked), plan.device.architecture);
  return emulated;
}

}  // namespace graft::bench
