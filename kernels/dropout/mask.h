#pragma once

#include "engine/random.h"

namespace graft {

// The random words of elements 4 quad to 4 quad + 3 of a dropout layer at a training step.
GRAFT_HD constexpr PhiloxCounter dropout_words(uint64_t seed, uint64_t step, uint32_t layer, uint32_t quad) {
  return philox4x32(random_key(seed),
                    {quad, static_cast<uint32_t>(RandomUse::dropout), layer, static_cast<uint32_t>(step)});
}

// The 24-bit number below which an element is dropped: a word's upper 24 bits are compared, exactly.
GRAFT_HD constexpr uint32_t drop_threshold(double probability) {
  return static_cast<uint32_t>(probability * 16777216.0 + 0.5);
}

GRAFT_HD constexpr bool is_kept(uint32_t word, uint32_t threshold) { return (word >> 8) >= threshold; }

}  // namespace graft
