#include <cstdio>

#include "bench/cases.h"
#include "bench/network.h"
#include "engine/check.h"
#include "kernels/emulator/emulator.h"

namespace graft::bench {

namespace {

void add(emulator::RequestCounts& sum, const emulator::RequestCounts& more) {
  sum.requests += more.requests;
  sum.parts += more.parts;
  sum.ideal += more.ideal;
}

// Of one training step on one picture, everything trainable.
void count_step(const char* arch, Math precision, emulator::Counts& counts) {
  Settings settings;
  settings.device = "checked:sm_80";
  settings.threads = 1;
  settings.precision = precision;
  Network network(arch, "all", 1, settings);
  emulator::Emulator& emulator = emulator::emulator_of(network.device().stream());
  emulator.set_options({.count = true});
  network.train();
  for (const auto& [kernel, found] : emulator.counts()) {
    add(counts[kernel].shared, found.shared);
    add(counts[kernel].global, found.global);
  }
}

}  // namespace

void print_accesses(Math precision) {
  emulator::Counts counts;
  for (const char* arch : {"squeezenet1_1", "mobilenet_v2", "efficientnet_lite0"}) count_step(arch, precision, counts);
  GRAFT_CHECK(!counts.empty(), device, "nothing was counted");
  std::puts("kernel\tshared_requests\twavefronts\tideal_wavefronts\tglobal_requests\tsectors\tideal_sectors");
  for (const auto& [kernel, found] : counts)
    std::printf("%s\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\n", kernel.c_str(),
                static_cast<long long>(found.shared.requests), static_cast<long long>(found.shared.parts),
                static_cast<long long>(found.shared.ideal), static_cast<long long>(found.global.requests),
                static_cast<long long>(found.global.parts), static_cast<long long>(found.global.ideal));
}

}  // namespace graft::bench
