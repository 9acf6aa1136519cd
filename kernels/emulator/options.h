#pragma once

#include <cstdint>

namespace graft::emulator {

enum class Order : uint8_t { forward, reverse, shuffled };

// When an asynchronous copy arrives: any time from issue to wait is right on a GPU.
enum class Delivery : uint8_t { at_issue, at_wait, at_random };

// A kernel that waits where it must gives the same bits under all of these.
struct Options {
  Order threads = Order::forward;  // of a block: who begins first, who goes on first after a barrier
  Order blocks = Order::forward;
  Delivery copies = Delivery::at_issue;
  uint32_t seed = 0;   // of what is shuffled or random
  bool count = false;  // on the checked device: memory requests, by kernel (access_counts.h)
  bool dry = false;    // launches are recorded and not run: outputs stay as they were
};

}  // namespace graft::emulator
