#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/emulator/async_copies.h"
#include "kernels/emulator/emulator.h"
#include "kernels/emulator/fiber.h"
#include "kernels/emulator/thread.h"

namespace graft::emulator {

// Runs one block at a time on one host thread. A fiber runs thread after thread as long as none has to wait;
// a thread that waits keeps its fiber, and the next thread gets another.
class BlockRunner {
 public:
  explicit BlockRunner(Checker* checker) : checker_(checker) {}
  ~BlockRunner();

  // `block_number` counts the grid's blocks, x fastest. Throws what the kernel threw.
  void run(const Launch& launch, int64_t block_number, const Options& options);

  // Called from inside, by the current thread.
  void block_barrier(const std::source_location& line);
  void warp_rendezvous(uint32_t mask, void* operand, WarpWork work);
  AsyncCopies& copies() { return copies_; }
  Checker* checker() const { return checker_; }
  const char* kernel() const { return launch_->kernel; }

  // Never comes back: the checker has something to report about the current thread.
  [[noreturn]] void leave_thread();

 private:
  enum class State : uint8_t { idle, running, ready, at_block_barrier, at_warp_operation, left };

  struct Worker {  // a fiber and the emulated thread that it runs
    Worker(BlockRunner& runner, int number);
    Fiber fiber;
    Thread thread;
    BlockRunner& runner;
    State state = State::idle;
    std::source_location barrier;  // at a block barrier
  };
  struct Meeting {  // what a lane waits for
    uint32_t mask = 0;
    WarpWork work = nullptr;
    Worker* worker = nullptr;
  };
  struct Warp {
    uint32_t waiting = 0;  // lanes at a meeting
    Meeting meetings[32];
    void* operands[32] = {};
  };

  void start_block(int64_t block_number, const Options& options);
  void start_shared_memory();
  void order_threads(const Options& options, uint32_t seed);
  void order_ready(size_t from);
  Worker* next_worker();
  void go_on(Fiber& from, Worker* to);
  void watch(const Worker& worker);
  void wait(State state);
  void check_one_barrier() const;
  void release(Worker& worker);
  Worker& idle_worker();
  void work(Worker& worker);
  void take_thread(Thread& thread);
  void take_report();
  void unwind();
  std::string who(const Worker& worker) const;
  std::string stuck() const;
  std::string describe_wait(const Worker& worker) const;

  Checker* const checker_;
  const Launch* launch_ = nullptr;
  Block block_;
  AsyncCopies copies_;
  Order thread_order_ = Order::forward;
  std::vector<int> order_;  // of the threads; empty: as they are numbered
  std::minstd_rand random_;
  int threads_ = 0, next_thread_ = 0, returned_ = 0;
  Int3 next_index_;
  bool unwinding_ = false;
  std::exception_ptr error_;

  std::vector<std::unique_ptr<Worker>> workers_;
  Worker* running_ = nullptr;
  Fiber* outside_ = nullptr;  // the stack that called run()
  std::vector<Worker*> idle_, ready_, at_barrier_;
  size_t next_ready_ = 0;
  std::vector<Warp> warps_;
  unsigned char* shared_ = nullptr;  // 1024-byte aligned
  size_t shared_capacity_ = 0;
};

}  // namespace graft::emulator
