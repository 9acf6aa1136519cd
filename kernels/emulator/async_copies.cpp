#include "kernels/emulator/async_copies.h"

#include <cstring>

namespace graft::emulator {

namespace {

void deliver(void* to, const void* from, int bytes) {
  if (from)
    std::memcpy(to, from, static_cast<size_t>(bytes));
  else
    std::memset(to, 0, static_cast<size_t>(bytes));
}

}  // namespace

void AsyncCopies::start_block(int threads, const Options& options, uint32_t seed, Checker* checker) {
  queues_.assign(static_cast<size_t>(threads), {});
  delivery_ = options.copies;
  random_.seed(seed);
  checker_ = checker;
}

bool AsyncCopies::arrives_at_issue() {
  return delivery_ == Delivery::at_issue || (delivery_ == Delivery::at_random && random_() % 2);
}

void AsyncCopies::issue(int thread, void* to, const void* from, int bytes, const void* line) {
  if (checker_) checker_->copy_issued(to, from, bytes, line);
  Queue& queue = queues_[static_cast<size_t>(thread)];
  const bool arrived = arrives_at_issue();
  if (arrived) deliver(to, from, bytes);
  queue.copies.push_back({to, from, bytes, queue.open_group, line, arrived});
}

void AsyncCopies::wait(int thread, int pending) {
  Queue& queue = queues_[static_cast<size_t>(thread)];
  for (; !queue.copies.empty() && queue.copies.front().group < queue.open_group - pending;
       queue.copies.pop_front()) {
    const Copy& copy = queue.copies.front();
    if (!copy.arrived) deliver(copy.to, copy.from, copy.bytes);
    if (checker_) checker_->copy_waited_for(copy.to, copy.from, copy.bytes, copy.line);
  }
}

}  // namespace graft::emulator
