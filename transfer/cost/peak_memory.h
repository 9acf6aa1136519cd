#pragma once

#include "engine/device.h"

namespace graft {

// How much memory a device's computations take from here on: the process's resident memory, or what the
// driver says is gone where the device has its own.
class PeakMemory {
 public:
  explicit PeakMemory(Device& device);
  size_t bytes() const;

 private:
  Device& device_;
  size_t idle_;
};

}  // namespace graft
