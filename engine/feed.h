#pragma once

#include <span>
#include <vector>

#include "engine/executor.h"

namespace graft {

// Brings a plan's inputs from the caller's memory to the device. Where the device has memory of its own they
// travel beside the step that computes: through pinned memory into a waiting room on the device, and from
// there into the plan when their step begins. Elsewhere they are written where the plan reads them.
class Feed {
 public:
  explicit Feed(Device& device) : device_(device) {}

  struct Item {
    ValueId to;
    std::function<void(void*)> write;  // fills host memory with the value's elements
  };

  // Nothing of `items` is needed afterwards. Replaces what was put before and not delivered.
  void put(Executor& executor, std::span<const Item> items);
  // Gives the copies into the plan to the device's stream, in front of the step.
  void deliver();

  size_t bytes() const { return waiting_.bytes(); }

 private:
  void reserve(size_t bytes);

  struct Place {
    ValueId to;
    size_t offset;
  };

  Device& device_;
  Executor* executor_ = nullptr;
  std::vector<Place> places_;
  Buffer pinned_, waiting_;  // of the same layout
  std::unique_ptr<Event> arrived_, taken_;
};

}  // namespace graft
