#include <doctest/doctest.h>

#include <string>

#include "transfer/training/batch_loop.h"

namespace graft {
namespace {

// Batches of 1, 2, 3, ... labels, each of which says which batch it is.
class Numbered final : public BatchSource {
 public:
  explicit Numbered(int batches) : batches_(batches) {}
  const std::vector<NodeId>& from() const override { return from_; }
  std::vector<Shape> shapes(int64_t count) const override { return {{count}}; }
  int64_t size() const override { return batches_; }
  int64_t batches() const override { return batches_; }
  void seek(int, int64_t batch) override { at_ = static_cast<int>(batch); }
  bool next(Batch& batch) override {
    if (at_ == batches_) return false;
    batch.labels.assign(1, ++at_);
    return true;
  }

 private:
  std::vector<NodeId> from_{0};
  int batches_, at_ = 0;
};

std::string order(int batches, int stop_after) {
  Numbered source(batches);
  std::string log;
  int started = 0;
  const auto note = [&](const char* what, int number) { log += what + std::to_string(number) + ' '; };
  const bool finished = for_each_batch(
      source, [&](const BatchSource::Batch& batch) { note("stage", batch.labels[0]); },
      [&] { note("start", ++started); },
      [&](const BatchSource::Batch& batch) {
        note("done", batch.labels[0]);
        return batch.labels[0] != stop_after;
      });
  return log + (finished ? "end" : "stopped");
}

TEST_CASE("batch loop: the next batch is staged while one computes; stopping drops it before it starts") {
  CHECK(order(3, 0) == "stage1 start1 stage2 done1 start2 stage3 done2 start3 done3 end");
  CHECK(order(3, 2) == "stage1 start1 stage2 done1 start2 stage3 done2 stopped");
  CHECK(order(1, 0) == "stage1 start1 done1 end");
  CHECK(order(0, 0) == "end");
}

}  // namespace
}  // namespace graft
