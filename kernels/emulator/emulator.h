#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/device.h"
#include "kernels/emulator/access_counts.h"
#include "kernels/emulator/options.h"
#include "kernels/launch_size.h"

namespace graft {
class HostStream;
}

namespace graft::emulator {

struct Launch {
  const char* kernel;
  GridSize grid;
  BlockSize block;
  size_t shared_bytes;
  void (*run_thread)(const void* call);
  const void* call;
  size_t call_bytes = 0;
  bool instrumented = false;       // compiled for the checked device
  const void* function = nullptr;  // the kernel's
};

// What a launch asked of the device.
struct LaunchRecord {
  std::string kernel;
  const void* function;
  GridSize grid;
  BlockSize block;
  size_t shared_bytes;
};

// Runs grids on as many threads of the host as the device has: the caller's and others of its own. On the
// checked device a Checker watches.
class Emulator {
 public:
  explicit Emulator(HostStream& stream);
  ~Emulator();

  // Returns when all blocks are done. One launch at a time; a second caller waits. Throws what the kernel of
  // the first failing block threw, and Error{call} for a wrong use of barriers, warp operations or shared
  // memory, and for whatever the checker finds.
  void run(const Launch& launch);

  void set_options(const Options& options);  // from the next launch on
  // Says of device memory that nobody has written there, whatever it holds: reading it is an error on the
  // checked device.
  void forget(const void* memory, size_t bytes);
  // Of all launches since the emulator was made, where the options say count; empty on other devices.
  Counts counts() const;
  // All launches while the options said dry.
  std::vector<LaunchRecord> dry_launches() const;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

// The emulator of an emulated or checked device's stream: made at the first launch, kept by the stream.
Emulator& emulator_of(Stream& stream);

}  // namespace graft::emulator
