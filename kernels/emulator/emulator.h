#pragma once

#include <cstddef>
#include <memory>

#include "engine/device.h"
#include "kernels/launch_size.h"

namespace graft::emulator {

struct Launch {
  const char* kernel;
  GridSize grid;
  BlockSize block;
  size_t shared_bytes;
  void (*run_thread)(const void* call);
  const void* call;
};

// Runs grids on as many threads of the host as the device has: the caller's and others of its own.
class Emulator {
 public:
  explicit Emulator(const DeviceProperties& device);
  ~Emulator();

  // Returns when all blocks are done. One launch at a time; a second caller waits. Throws what the kernel of
  // the first failing block threw, and Error{call} for a wrong use of barriers, warp operations or shared
  // memory.
  void run(const Launch& launch);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

// The emulator of an emulated device's stream: made at the first launch, kept by the stream.
Emulator& emulator_of(Stream& stream);

}  // namespace graft::emulator
