#pragma once

#include <cstddef>
#include <vector>

#include "engine/plan.h"

namespace graft {

// Where each activation lives in the plan's arena, and while which steps.
struct MemoryPlan {
  struct Placement {
    size_t offset = 0;
    size_t bytes = 0;
    int first_step = 0;
    int last_step = 0;
  };
  std::vector<Placement> placements;  // by value; meaningful for roots in Storage::activation
  size_t arena_bytes = 0;
  size_t saved_bytes = 0;  // of what the forward pass leaves for the backward pass
};

constexpr size_t arena_alignment = 256;
constexpr size_t aligned_bytes(size_t bytes) {
  return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
}

// Lets outputs take the memory of inputs that are not read again (Step::may_share).
void share_in_place(Plan& plan);

// Lifetimes to offsets: the largest value first, each at the lowest offset free during its whole life (greedy
// by size, Pisarchyk and Lee 2020, arXiv:2001.03288). `guard` bytes are left free behind each value.
MemoryPlan plan_memory(const Plan& plan, size_t guard = 0);

}  // namespace graft
