#pragma once

#include <vector>

#include "layers/lowering/lower.h"
#include "layers/lowering/rules.h"

namespace graft {

// How many of the first calls run a few images at a time, and how many images in a turn.
struct Stretch {
  int calls = 0;
  int64_t images = 0;

  bool empty() const { return calls == 0; }
};

// The calls that spare the most traffic with memory: what passes from one to the next stays in cache_bytes,
// but their weights are read again in each turn. None trains, and none looks beyond an image.
Stretch choose_stretch(const CallList& list, const Lowering& lowering, const LowerRequest& request,
                       const std::vector<Shape>& shapes);

// By node: whether a call of the stretch writes it for somebody behind the stretch.
std::vector<bool> crossing_values(const CallList& list, const LowerRequest& request, int calls);

}  // namespace graft
