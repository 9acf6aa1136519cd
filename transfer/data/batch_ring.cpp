#include "transfer/data/batch_ring.h"

#include <utility>

#include "engine/check.h"
#include "engine/signals_blocked.h"

namespace graft {

BatchRing::BatchRing(Work work)
    : work_(std::move(work)), slots_(work_.slots), filling_(work_.first), released_(work_.first) {
  for (BatchSlot& slot : slots_) slot.pixels.resize(work_.slot_floats);
  start_threads(work_.threads);
}

BatchRing::~BatchRing() { stop(); }

void BatchRing::start_threads(int count) {
  const SignalsBlocked blocked;
  try {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
  } catch (...) {
    stop();
    throw;
  }
}

void BatchRing::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for_threads_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool BatchRing::can_start() const {
  return !failure_ && filling_ < work_.last && filling_ < released_ + static_cast<int64_t>(slots_.size());
}

void BatchRing::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    for_threads_.wait(lock, [this] { return stopping_ || can_start() || all_handed_out(); });
    if (stopping_ || all_handed_out()) return;
    const int64_t batch = filling_;
    BatchSlot& slot = slots_[batch % slots_.size()];
    if (!opened_) {
      try {
        slot.samples = work_.samples_of(batch);
        slot.broken.assign(slot.samples.size(), {});
        slot.failures.assign(slot.samples.size(), nullptr);
      } catch (...) {
        failure_ = std::current_exception();
        for_consumer_.notify_all();
        continue;
      }
      slot.started = slot.done = 0;
      opened_ = true;
    }
    const size_t item = slot.started++;
    if (slot.started == slot.samples.size()) ++filling_, opened_ = false;
    if (all_handed_out()) for_threads_.notify_all();
    lock.unlock();
    std::exception_ptr failure;
    try {
      work_.fill(batch, slot, item);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    slot.failures[item] = failure;
    if (++slot.done == slot.samples.size()) for_consumer_.notify_all();
  }
}

BatchSlot& BatchRing::wait(int64_t batch) {
  GRAFT_CHECK(batch >= released_ && batch < work_.last, call, "batch ", batch, " is not in the ring");
  std::unique_lock lock(mutex_);
  BatchSlot& slot = slots_[batch % slots_.size()];
  const auto filled = [&] { return filling_ > batch && slot.done == slot.samples.size(); };
  // A failure is the batch's that could not be opened; those before it are still being filled.
  for_consumer_.wait(lock, [&] { return (failure_ && filling_ <= batch) || filled(); });
  if (!filled()) std::rethrow_exception(failure_);
  return slot;
}

void BatchRing::release() {
  {
    const std::lock_guard lock(mutex_);
    ++released_;
  }
  for_threads_.notify_all();
}

}  // namespace graft
