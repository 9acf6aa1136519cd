#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/executor.h"

namespace graft::test {

// Where an activation lies within rounding of a kink (0, 6 for ReLU6, -3 and 3 for hard-swish), or two values
// under a max pool within rounding of each other, float32 and float64 may fall on different sides, and the
// gradient jumps by more than any rounding explains. The tape of an exact run puts such elements of a float32
// run of the same plan back on the exact side, so that what is left is the arithmetic's own error.
class KinkTape {
 public:
  struct Counts {
    int64_t elements = 0, repaired = 0;
    double largest_change = 0;  // of a repaired activation, relative to its tensor's largest
  };

  // For the executor of the float64 run: writes down what the forward steps make.
  Executor::Observer recorder();
  // For the executor of a float32 run of the same plan; device and counts must outlive it.
  Executor::Observer repairer(Device& device, Counts& counts) const;

 private:
  struct Outputs {
    std::vector<double> y;
    std::vector<uint8_t> places;  // of a max pool, or an activation's sides
  };
  std::vector<Outputs> steps_;  // the forward steps with such outputs, in order
};

}  // namespace graft::test
