#pragma once

#include "engine/device.h"

namespace graft {

// The activations' arena and the scratch memory, shared by all plans of a session: only one runs at a time.
class Workspace {
 public:
  explicit Workspace(Device& device) : device(device) {}

  // Grows only; `generation` tells the plans that their addresses are stale.
  void reserve(size_t arena_bytes, size_t scratch_bytes);
  void clear();  // gives all back; a plan that runs reserves again
  std::byte* arena() const { return arena_.data(); }
  std::byte* scratch() const { return scratch_.data(); }
  size_t bytes() const { return arena_.bytes() + scratch_.bytes(); }
  int generation() const { return generation_; }

  Device& device;

 private:
  Buffer arena_, scratch_;
  int generation_ = 0;
};

}  // namespace graft
