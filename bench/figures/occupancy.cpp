#include "bench/figures/occupancy.h"

#include <algorithm>
#include <utility>

#include "engine/check.h"

namespace graft::bench {

namespace {

constexpr int up_to_multiple(int value, int of) { return (value + of - 1) / of * of; }

// Registers are given to whole warps, 256 at a time, from the quarter that the warp lives in.
int warps_by_registers(int registers) {
  constexpr int quarters = 4, registers_of_quarter = 65536 / quarters;
  return quarters * (registers_of_quarter / up_to_multiple(std::max(registers, 1) * 32, 256));
}

int blocks_by_shared_memory(int architecture, size_t shared_bytes) {
  constexpr int reserved = 1024, granularity = 128;  // of each block
  const int held = (architecture == 80 ? 164 : 228) * 1024;
  return held / up_to_multiple(static_cast<int>(shared_bytes) + reserved, granularity);
}

}  // namespace

Occupancy occupancy(int architecture, int registers, int threads, size_t shared_bytes) {
  GRAFT_CHECK(architecture == 80 || architecture == 90, call, "the limits of sm_", architecture,
              " are not known here");
  const int warps = up_to_multiple(threads, 32) / 32;
  const std::pair<int, std::string_view> limits[] = {
      {most_warps / warps, "threads"},
      {warps_by_registers(registers) / warps, "registers"},
      {blocks_by_shared_memory(architecture, shared_bytes), "shared memory"},
      {32, "blocks"}};
  const auto least = std::min_element(std::begin(limits), std::end(limits),
                                      [](const auto& a, const auto& b) { return a.first < b.first; });
  return {least->first, least->first * warps, least->second};
}

}  // namespace graft::bench
