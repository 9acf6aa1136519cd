#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "engine/choose.h"
#include "engine/op.h"
#include "engine/step_state.h"

namespace graft {

// One of an op's implementations, ready to be timed.
struct Contender {
  std::string_view name;
  size_t scratch_bytes;
  std::function<void(const RunContext&)> get_ready, run;
};

// Times implementations against each other on a device, by its own events. All operands are memory that a
// plan does not read before it has written it, or the tuner's own: nothing that lasts is touched.
class Tuner {
 public:
  explicit Tuner(Device& device);

  // Memory of the tuner's own, until forget().
  void* memory(size_t bytes);
  void forget() { memory_.clear(); }
  // Small positive numbers, or zeros where an index is stored.
  void fill(const TensorView& dense);
  void fill(void* memory, size_t bytes);

  // Least time first is not enough: whoever stands later in the list must be faster by a margin that repeats.
  struct Result {
    size_t fastest;               // index
    std::vector<double> seconds;  // of one run each, the median
  };
  Result race(const std::vector<Contender>& contenders);

 private:
  double seconds(const Contender& contender, int runs, const RunContext& context);

  Device& device_;
  std::list<Buffer> memory_;
  Buffer state_;
  std::unique_ptr<Event> begin_, end_;
};

}  // namespace graft
