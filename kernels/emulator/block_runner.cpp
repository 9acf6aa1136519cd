#include "kernels/emulator/block_runner.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/check.h"
#include "kernels/emulator/source_line.h"

namespace graft::emulator {

namespace {

struct Unwound {};  // thrown through the threads that still wait when their block has failed

std::string at(const std::source_location& place) {
  return text(repository_path(place.file_name()), ":", place.line());
}

}  // namespace

BlockRunner::Worker::Worker(BlockRunner& owner, int number)
    : fiber(
          [](void* self) {
            Worker& worker = *static_cast<Worker*>(self);
            worker.runner.work(worker);
          },
          this, number),
      runner(owner) {
  thread.block = &owner.block_;
  thread.runner = &owner;
}

BlockRunner::~BlockRunner() { std::free(shared_); }

void BlockRunner::run(const Launch& launch, int64_t block_number, const Options& options) {
  launch_ = &launch;
  start_block(block_number, options);
  Fiber outside;
  outside_ = &outside;
  go_on(outside, next_worker());
  if (checker_) take_report();
  if (!error_ && returned_ < threads_) error_ = std::make_exception_ptr(Error(ErrorCode::call, stuck()));
  if (!error_) return;
  unwind();
  std::rethrow_exception(std::exchange(error_, nullptr));
}

void BlockRunner::start_block(int64_t block_number, const Options& options) {
  const auto [x, y, z] = launch_->grid;
  block_.index = {static_cast<int>(block_number % x), static_cast<int>(block_number / x % y),
                  static_cast<int>(block_number / x / y)};
  block_.size = {launch_->block.x, launch_->block.y, launch_->block.z};
  block_.grid = {static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)};
  threads_ = launch_->block.x * launch_->block.y * launch_->block.z;
  next_thread_ = returned_ = 0;
  next_index_ = {};
  warps_.resize(static_cast<size_t>(threads_ + 31) / 32);
  start_shared_memory();
  const uint32_t seed = options.seed + static_cast<uint32_t>(block_number) * 2654435761u + 1;
  order_threads(options, seed);
  block_.watched = checker_ != nullptr;
  block_.copies_at_once = !checker_ && options.copies == Delivery::at_issue;
  if (!block_.copies_at_once) copies_.start_block(threads_, options, seed, checker_);
  if (checker_) checker_->start_block(block_, block_number);
}

void BlockRunner::start_shared_memory() {
  if (launch_->shared_bytes > shared_capacity_) {
    constexpr size_t alignment = 1024;
    std::free(shared_);
    shared_capacity_ = (launch_->shared_bytes + alignment - 1) / alignment * alignment;
    shared_ = static_cast<unsigned char*>(std::aligned_alloc(alignment, shared_capacity_));
    if (!shared_) shared_capacity_ = 0;
    GRAFT_CHECK(shared_, memory, "no memory for the shared memory of kernel ", kernel());
  }
  block_.shared = shared_;
  block_.shared_bytes = launch_->shared_bytes;
  // All bits set is a NaN as float, half and bfloat16: what nobody wrote shows in the result.
  if (block_.shared_bytes > 0) std::memset(shared_, 0xff, block_.shared_bytes);
}

void BlockRunner::order_threads(const Options& options, uint32_t seed) {
  thread_order_ = options.threads;
  order_.clear();
  if (thread_order_ == Order::forward) return;
  for (int thread = threads_; thread-- > 0;) order_.push_back(thread);
  random_.seed(seed);
  if (thread_order_ == Order::shuffled) std::shuffle(order_.begin(), order_.end(), random_);
}

// Those who were released together go on in the options' order.
void BlockRunner::order_ready(size_t from) {
  const auto begin = ready_.begin() + static_cast<std::ptrdiff_t>(from);
  if (thread_order_ == Order::reverse) std::reverse(begin, ready_.end());
  if (thread_order_ == Order::shuffled) std::shuffle(begin, ready_.end(), random_);
}

// Threads that can go on come before threads that have not begun, so that a warp's exchange keeps 32 stacks
// busy and not the whole block's. Null when all have returned, nobody can go on, or the block has failed.
BlockRunner::Worker* BlockRunner::next_worker() {
  if (error_) return nullptr;
  if (next_ready_ < ready_.size()) {
    Worker* worker = ready_[next_ready_++];
    if (next_ready_ == ready_.size()) ready_.clear(), next_ready_ = 0;
    return worker;
  }
  return next_thread_ < threads_ ? &idle_worker() : nullptr;
}

void BlockRunner::go_on(Fiber& from, Worker* to) {
  running_ = to;
  current = to ? &to->thread : nullptr;
  if (checker_) [[unlikely]]
    to && to->state != State::idle ? watch(*to) : checker_->switch_to(nullptr, nullptr, 0);
  if (to) to->state = State::running;
  from.go_to(to ? to->fiber : *outside_);
}

void BlockRunner::watch(const Worker& worker) {
  checker_->switch_to(&worker.thread, worker.fiber.stack(), worker.fiber.stack_bytes());
}

BlockRunner::Worker& BlockRunner::idle_worker() {
  if (idle_.empty()) {
    workers_.push_back(std::make_unique<Worker>(*this, static_cast<int>(workers_.size())));
    idle_.push_back(workers_.back().get());
  }
  Worker& worker = *idle_.back();
  idle_.pop_back();
  return worker;
}

// The life of a fiber.
void BlockRunner::work(Worker& worker) {
  while (true) {
    while (next_thread_ < threads_ && !error_) {
      take_thread(worker.thread);
      if (checker_) [[unlikely]]
        watch(worker);
      try {
        launch_->run_thread(launch_->call);
      } catch (const Unwound&) {
      } catch (...) {
        if (!error_) error_ = std::current_exception();
      }
      ++returned_;
    }
    worker.state = State::idle;
    idle_.push_back(&worker);
    go_on(worker.fiber, next_worker());
  }
}

void BlockRunner::take_thread(Thread& thread) {
  if (!order_.empty()) {
    thread.linear = order_[static_cast<size_t>(next_thread_++)];
    const int x = block_.size.x, y = block_.size.y;
    thread.index = {thread.linear % x, thread.linear / x % y, thread.linear / x / y};
    return;
  }
  thread.linear = next_thread_++;
  thread.index = next_index_;
  if (++next_index_.x < block_.size.x) return;
  next_index_.x = 0;
  if (++next_index_.y < block_.size.y) return;
  next_index_.y = 0;
  ++next_index_.z;
}

void BlockRunner::wait(State state) {
  running_->state = state;
  go_on(running_->fiber, next_worker());
  if (unwinding_) throw Unwound();
}

void BlockRunner::release(Worker& worker) {
  worker.state = State::ready;
  ready_.push_back(&worker);
}

void BlockRunner::block_barrier(const std::source_location& line) {
  running_->barrier = line;
  if (static_cast<int>(at_barrier_.size()) + 1 < threads_) {
    at_barrier_.push_back(running_);
    return wait(State::at_block_barrier);
  }
  if (checker_) {
    check_one_barrier();
    checker_->block_barrier();
  }
  const size_t first = ready_.size();
  for (Worker* worker : at_barrier_) release(*worker);
  order_ready(first);
  at_barrier_.clear();
}

// CUDA wants all threads of a block at the same barrier, not only at as many.
void BlockRunner::check_one_barrier() const {
  for (const Worker* worker : at_barrier_)
    GRAFT_CHECK(worker->barrier.line() == running_->barrier.line(), call, "kernel ", kernel(), ": ",
                who(*worker), " is at the barrier of ", at(worker->barrier), ", ", who(*running_),
                " at that of ", at(running_->barrier));
}

void BlockRunner::warp_rendezvous(uint32_t mask, void* operand, WarpWork work) {
  const int lane = current->linear % 32;
  Warp& warp = warps_[static_cast<size_t>(current->linear) / 32];
  GRAFT_CHECK(mask >> lane & 1, call, "kernel ", kernel(), ": lane ", lane,
              " calls a warp operation whose mask ", std::hex, "0x", mask, " leaves it out");
  warp.operands[lane] = operand;
  warp.meetings[lane] = {mask, work, running_};
  warp.waiting |= 1u << lane;

  bool complete = (warp.waiting & mask) == mask;
  for (int other = 0; complete && other < 32; ++other)
    if (mask >> other & 1) complete = warp.meetings[other].mask == mask;
  if (!complete) return wait(State::at_warp_operation);

  for (int other = 0; other < 32; ++other)
    GRAFT_CHECK(!(mask >> other & 1) || warp.meetings[other].work == work, call, "kernel ", kernel(),
                ": lanes ", lane, " and ", other, " of a warp meet in different operations");
  work(warp.operands, mask);
  warp.waiting &= ~mask;
  const size_t first = ready_.size();
  for (int other = 0; other < 32; ++other)
    if (other != lane && mask >> other & 1) release(*warp.meetings[other].worker);
  order_ready(first);
}

void BlockRunner::leave_thread() {
  running_->state = State::left;
  go_on(running_->fiber, nullptr);
  __builtin_unreachable();
}

// The thread that the report is about is left where it is: instrumented code does not expect exceptions from
// its accesses. It holds plain values only, and its fiber goes with it.
void BlockRunner::take_report() {
  if (!checker_->has_report()) return checker_->end_block();
  if (!error_) error_ = std::make_exception_ptr(Error(ErrorCode::call, checker_->take_report()));
  std::erase_if(workers_, [](const auto& worker) { return worker->state == State::left; });
}

// Leaves every waiting thread by an exception, so that its objects end and its fiber is free for the next
// block.
void BlockRunner::unwind() {
  unwinding_ = true;
  next_thread_ = threads_;
  for (const auto& worker : workers_)
    if (worker->state != State::idle) go_on(*outside_, worker.get());
  unwinding_ = false;
  ready_.clear();
  next_ready_ = 0;
  at_barrier_.clear();
  for (Warp& warp : warps_) warp.waiting = 0;
}

std::string BlockRunner::stuck() const {
  std::string first;
  int waiting = 0;
  for (const auto& worker : workers_) {
    if (worker->state == State::idle) continue;
    if (waiting++ == 0) first = describe_wait(*worker);
  }
  const Int3& index = block_.index;
  return text("kernel ", kernel(), ", block (", index.x, ",", index.y, ",", index.z, "): ", waiting, " of ",
              threads_, " threads wait for ever, ", returned_, " have returned; ", first);
}

std::string BlockRunner::who(const Worker& worker) const {
  const Int3& index = worker.thread.index;
  return text("thread (", index.x, ",", index.y, ",", index.z, ")");
}

std::string BlockRunner::describe_wait(const Worker& worker) const {
  if (worker.state == State::at_block_barrier)
    return text(who(worker), " is at the divergent block barrier of ", at(worker.barrier),
                ": not every thread of the block comes there");
  const int lane = worker.thread.linear % 32;
  const Meeting& meeting = warps_[static_cast<size_t>(worker.thread.linear) / 32].meetings[lane];
  return text(who(worker), " is at a warp operation with mask ", std::hex, "0x", meeting.mask,
              ": not every lane of the mask comes there");
}

}  // namespace graft::emulator
