#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "kernels/emulator/emulator.h"
#include "kernels/emulator/fiber.h"
#include "kernels/emulator/thread.h"

namespace graft::emulator {

// Runs one block at a time on one host thread. A fiber runs thread after thread as long as none has to wait;
// a thread that waits keeps its fiber, and the next thread gets another.
class BlockRunner {
 public:
  BlockRunner() = default;
  ~BlockRunner();

  // `block_number` counts the grid's blocks, x fastest. Throws what the kernel threw.
  void run(const Launch& launch, int64_t block_number);

  // Called from inside, by the current thread.
  void block_barrier();
  void warp_rendezvous(uint32_t mask, void* operand, WarpWork work);
  const char* kernel() const { return launch_->kernel; }

 private:
  enum class State : uint8_t { idle, running, ready, at_block_barrier, at_warp_operation };

  struct Worker {  // a fiber and the emulated thread that it runs
    Worker(BlockRunner& runner, int number);
    Fiber fiber;
    Thread thread;
    BlockRunner& runner;
    State state = State::idle;
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

  void start_block(int64_t block_number);
  Worker* next_worker();
  void go_on(Fiber& from, Worker* to);
  void wait(State state);
  void release(Worker& worker);
  Worker& idle_worker();
  void work(Worker& worker);
  void take_thread(Thread& thread);
  void unwind();
  std::string stuck() const;
  std::string describe_wait(const Worker& worker) const;

  const Launch* launch_ = nullptr;
  Block block_;
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
