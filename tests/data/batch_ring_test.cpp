#include "transfer/data/batch_ring.h"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

namespace graft {
namespace {

TEST_CASE("an exception in a thread comes out at its own batch") {
  for (bool in_order : {false, true}) {
    BatchRing::Work work;
    work.last = 10, work.threads = 3, work.slots = 4, work.slot_floats = 2;
    work.samples_of = [&](int64_t batch) {
      if (in_order && batch == 5) throw std::runtime_error("five");
      return std::vector<int64_t>{batch, batch};
    };
    work.fill = [&](int64_t batch, BatchSlot& slot, size_t item) {
      if (!in_order && batch == 5 && item == 1) throw std::runtime_error("five");
      slot.pixels[item] = static_cast<float>(batch);
    };
    BatchRing ring(std::move(work));
    for (int64_t batch = 0; batch < 5; ++batch) {
      const BatchSlot& slot = ring.wait(batch);
      CHECK(slot.pixels[0] == batch);
      CHECK_FALSE((slot.failures[0] || slot.failures[1]));
      ring.release();
    }
    if (in_order) {
      CHECK_THROWS_WITH(ring.wait(5), "five");
      CHECK_THROWS_WITH(ring.wait(5), "five");
    } else {
      CHECK_THROWS_WITH(std::rethrow_exception(ring.wait(5).failures[1]), "five");
    }
  }
}

TEST_CASE("a batch that is still being filled does not see the failure of the next") {
  std::promise<void> next_failed;
  const std::shared_future<void> failed = next_failed.get_future().share();
  BatchRing::Work work;
  work.last = 2, work.threads = 2, work.slots = 2, work.slot_floats = 1;
  work.samples_of = [&](int64_t batch) {
    if (batch == 1) {
      next_failed.set_value();
      throw std::runtime_error("one");
    }
    return std::vector<int64_t>{batch};
  };
  work.fill = [&](int64_t, BatchSlot& slot, size_t) {
    failed.wait();
    // The promise is kept before the ring knows of the failure.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    slot.pixels[0] = 7;
  };
  BatchRing ring(std::move(work));
  CHECK(ring.wait(0).pixels[0] == 7);
  ring.release();
  CHECK_THROWS_WITH(ring.wait(1), "one");
}

}  // namespace
}  // namespace graft
