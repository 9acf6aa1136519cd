#pragma once

#include <array>
#include <cstdint>

namespace graft {

// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four random words from a
// counter and a key, the same on every device, in any order.
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = uint64_t{0xD2511F53} * counter[0];
    const uint64_t second = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(second),
               static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(first)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// The words of elements 4 * quad to 4 * quad + 3 of a layer at a training step.
constexpr std::array<uint32_t, 4> random_quad(uint64_t seed, uint64_t step, uint32_t layer, uint32_t quad) {
  return philox({quad, layer, static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)},
                {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

// The largest 24-bit number below which an element is dropped: its upper 24 bits are compared, exactly.
constexpr uint32_t drop_threshold(double probability) {
  return static_cast<uint32_t>(probability * 16777216.0 + 0.5);
}

constexpr bool is_kept(uint32_t word, uint32_t threshold) { return (word >> 8) >= threshold; }

}  // namespace graft
