#include "engine/memory_plan.h"

#include <algorithm>
#include <limits>

namespace graft {

namespace {

struct Life {
  int first = std::numeric_limits<int>::max();
  int last = -1;
};

// By root value: the first and last step that touches it.
std::vector<Life> lives_of(const Plan& plan) {
  std::vector<Life> lives(plan.value_count());
  const int steps = static_cast<int>(plan.steps().size());
  for (int i = 0; i < steps; ++i) {
    const auto touch = [&](ValueId id) {
      Life& life = lives[plan.root(id)];
      life.first = std::min(life.first, i);
      life.last = std::max(life.last, i);
    };
    for (ValueId id : plan.steps()[i]->reads()) touch(id);
    for (ValueId id : plan.steps()[i]->writes()) touch(id);
  }
  for (ValueId id = 0; id < plan.value_count(); ++id)
    if (plan.value(id).kept) lives[plan.root(id)] = {0, steps};
  // What outlives a stretch is there in all of its turns.
  for (const Stretch& stretch : plan.stretches)
    for (Life& life : lives) {
      const bool apart = life.last < stretch.first || stretch.last <= life.first;
      const bool within = stretch.first <= life.first && life.last < stretch.last;
      if (!apart && !within)
        life = {std::min(life.first, stretch.first), std::max(life.last, stretch.last - 1)};
    }
  return lives;
}

size_t bytes_of(const Value& value) {
  return aligned_bytes(static_cast<size_t>(value.shape.count()) * size_of(value.dtype));
}

bool is_whole_activation(const Value& value) {
  return value.storage == Storage::activation && value.part_of == no_value;
}

}  // namespace

void share_in_place(Plan& plan) {
  std::vector<Life> lives = lives_of(plan);
  for (int i = 0; i < static_cast<int>(plan.steps().size()); ++i) {
    for (const auto& [read, written] : plan.steps()[i]->shareable()) {
      const ValueId from = plan.root(read);
      Value& output = plan.value(written);
      const Value& input = plan.value(from);
      if (!is_whole_activation(input) || !is_whole_activation(output)) continue;
      if (input.kept || output.kept || lives[from].last != i || lives[written].first != i) continue;
      // All of it: what is read may have taken the memory of another value before, but not a part of it.
      const int64_t count = plan.value(read).shape.count();
      if (input.shape.count() != count || output.shape.count() != count || input.dtype != output.dtype)
        continue;
      output.part_of = from;
      lives[from].last = std::max(i, lives[written].last);
      break;
    }
  }
}

MemoryPlan plan_memory(const Plan& plan, size_t guard) {
  const std::vector<Life> lives = lives_of(plan);
  MemoryPlan memory;
  memory.placements.resize(plan.value_count());
  std::vector<ValueId> order;
  int first_backward = 0;
  for (const auto& step : plan.steps()) first_backward += step->phase() == Phase::forward;

  for (ValueId id = 0; id < plan.value_count(); ++id) {
    if (!is_whole_activation(plan.value(id)) || lives[id].last < 0) continue;
    memory.placements[id] = {0, bytes_of(plan.value(id)) + guard, lives[id].first, lives[id].last};
    if (lives[id].first < first_backward && lives[id].last >= first_backward && !plan.value(id).kept)
      memory.saved_bytes += memory.placements[id].bytes;
    order.push_back(id);
  }
  std::stable_sort(order.begin(), order.end(), [&](ValueId a, ValueId b) {
    return memory.placements[a].bytes > memory.placements[b].bytes;
  });

  std::vector<ValueId> placed;  // by offset
  for (ValueId id : order) {
    MemoryPlan::Placement& mine = memory.placements[id];
    size_t offset = 0;
    for (ValueId other : placed) {
      const MemoryPlan::Placement& theirs = memory.placements[other];
      if (theirs.last_step < mine.first_step || theirs.first_step > mine.last_step) continue;
      if (offset + mine.bytes <= theirs.offset) break;
      offset = std::max(offset, theirs.offset + theirs.bytes);
    }
    mine.offset = offset;
    memory.arena_bytes = std::max(memory.arena_bytes, offset + mine.bytes);
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](size_t at, ValueId other) { return at < memory.placements[other].offset; }),
        id);
  }
  return memory;
}

}  // namespace graft
