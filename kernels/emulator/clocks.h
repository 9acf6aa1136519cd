#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "kernels/emulator/epoch.h"

namespace graft::emulator {

// What a thread passes on by a releasing atomic: all of its block before the last barrier, and of its warp
// what it has synchronised with.
struct Released {
  Epoch base;
  uint32_t warp;
  uint32_t lanes[32];
  bool covers(Epoch epoch) const {
    return epoch < base || (warp_of(epoch) == warp && clock_of(epoch) <= lanes[lane_of(epoch)]);
  }
};

// A word that atomics release to and acquire from: everything that was ever passed on through it.
class SyncVariable {
 public:
  size_t version() const { return log_.size(); }
  void add(uint32_t serial, const Released& released);
  bool covers(Epoch epoch, size_t version) const;

 private:
  std::vector<Released> log_;
  std::unordered_map<uint32_t, std::vector<size_t>> of_block_;  // places in the log
};

// How far a thread has read each variable's log.
class Acquired {
 public:
  void join(const SyncVariable* variable, size_t version);
  void join(const Acquired& other);
  bool covers(Epoch epoch) const;

 private:
  std::unordered_map<const SyncVariable*, size_t> versions_;
};

// Happens-before within a launch. A block's barrier lets everybody know everything before it, so that only
// the time since then needs clocks, and those only within a warp; atomics carry knowledge further.
class Clocks {
 public:
  void start_launch();
  void start_block(uint32_t serial, int threads);

  Epoch now(int thread) const {
    return epoch_of(serial_, threads_[static_cast<size_t>(thread)].clock, static_cast<uint32_t>(thread));
  }
  Epoch base() const { return epoch_of(serial_, base_clock_, 0); }

  void block_barrier();
  void warp_barrier(int warp, uint32_t mask);
  void acquire(int thread, const void* address);
  void release(int thread, const void* address, bool replaces);

  // Whether the thread knows what happened then; for epochs of this launch.
  bool knows(int thread, Epoch epoch) const;
  bool has_acquired(int thread) const { return threads_[static_cast<size_t>(thread)].acquired != nullptr; }
  // Whether it was passed on through the variable.
  bool passed_on(const void* address, Epoch epoch) const;

 private:
  struct Thread {
    uint32_t clock = 1;
    uint32_t lanes[32] = {};  // clocks of the warp's lanes that it knows
    std::shared_ptr<const Acquired> acquired;
  };
  struct Variable {
    std::shared_ptr<SyncVariable> log;
    std::shared_ptr<Acquired> carried;  // what those who released to it had acquired elsewhere
  };
  void advance(uint32_t& clock, uint32_t to);
  template <class Members>
  void share_acquired(const Members& members);

  uint32_t serial_ = 0, base_clock_ = 1, latest_ = 1;
  bool any_acquired_ = false;
  std::vector<Thread> threads_;
  std::unordered_map<const void*, Variable> variables_;
  std::vector<std::shared_ptr<SyncVariable>> replaced_;  // kept while a thread may still point to them
};

}  // namespace graft::emulator
