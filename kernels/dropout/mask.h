#pragma once

#include "engine/random.h"

namespace graft {

// The random words of elements 4 * quad to 4 * quad + 3 of a dropout layer at a training step.
GRAFT_HD constexpr PhiloxCounter dropout_words(uint64_t seed, uint64_t step, uint32_t layer, uint32_t quad) {
  const uint32_t use = static_cast<uint32_t>(RandomUse::dropout) | layer << 8;
  return philox4x32(random_key(seed),
                    {quad, use, static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)});
}

// Elements whose word's upper 24 bits are below it are dropped.
constexpr uint32_t drop_threshold(double probability) {
  return static_cast<uint32_t>(probability * 16777216.0 + 0.5);
}

GRAFT_HD constexpr bool is_kept(uint32_t word, uint32_t threshold) { return (word >> 8) >= threshold; }

}  // namespace graft
