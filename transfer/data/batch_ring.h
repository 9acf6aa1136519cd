#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace graft {

// A batch while it is being filled. Each thread writes only its own items.
struct BatchSlot {
  std::vector<float> pixels;                 // [batch_size, item_floats]
  std::vector<int64_t> samples;              // [items], what goes where
  std::vector<std::string> broken;           // [items], why an item could not be read; empty where it could
  std::vector<std::exception_ptr> failures;  // [items], what else went wrong
  size_t started = 0, done = 0;
};

// Threads that fill a ring of slots with batches numbered from `first` to `last` - 1, at most slots ahead of
// the consumer, and end where there is nothing left to fill. The consumer sees the batches in order.
class BatchRing {
 public:
  struct Work {
    int64_t first = 0, last = 0;
    int threads = 1, slots = 1;
    size_t slot_floats = 0;
    std::function<std::vector<int64_t>(int64_t batch)> samples_of;          // called under a lock, in order
    std::function<void(int64_t batch, BatchSlot& slot, size_t item)> fill;  // called by any thread
  };

  explicit BatchRing(Work work);
  ~BatchRing();  // drops what is not started, waits for what is
  BatchRing(const BatchRing&) = delete;
  BatchRing& operator=(const BatchRing&) = delete;

  // Waits for the batch to be filled. It must be first, then first + 1, ..., and below last.
  BatchSlot& wait(int64_t batch);

  // Gives the slot of the oldest batch back.
  void release();

 private:
  void start_threads(int count);
  void stop();
  void run();
  bool can_start() const;
  bool all_handed_out() const { return filling_ >= work_.last; }

  Work work_;
  std::vector<BatchSlot> slots_;
  int64_t filling_;      // the batch from which items are being handed out
  bool opened_ = false;  // its slot is prepared
  int64_t released_;     // batches below this have been given back
  bool stopping_ = false;
  std::exception_ptr failure_;  // of samples_of, for the batch filling_
  std::mutex mutex_;
  std::condition_variable for_threads_, for_consumer_;
  std::vector<std::thread> threads_;
};

}  // namespace graft
