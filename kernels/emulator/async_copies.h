#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "kernels/emulator/checker.h"
#include "kernels/emulator/options.h"

namespace graft::emulator {

// The asynchronous copies of a block, each thread's in groups. A copy arrives when it is issued or when its
// group is waited for, as the options say.
class AsyncCopies {
 public:
  void start_block(int threads, const Options& options, uint32_t seed, Checker* checker);

  void issue(int thread, void* to, const void* from, int bytes, const void* line);  // null: zeros
  void commit(int thread) { ++queues_[static_cast<size_t>(thread)].open_group; }
  // Until at most so many of the thread's newest groups are unfinished.
  void wait(int thread, int pending);

 private:
  struct Copy {
    void* to;
    const void* from;
    int bytes, group;
    const void* line;
    bool arrived;
  };
  struct Queue {
    std::deque<Copy> copies;  // oldest first
    int open_group = 0;
  };
  bool arrives_at_issue();

  std::vector<Queue> queues_;
  Delivery delivery_ = Delivery::at_issue;
  std::minstd_rand random_;
  Checker* checker_ = nullptr;
};

}  // namespace graft::emulator
