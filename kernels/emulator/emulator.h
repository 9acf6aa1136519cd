#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "kernels/launch_size.h"

namespace graft::emulator {

// The limits of the hardware that is impersonated.
struct Architecture {
  std::string_view name;  // "sm_80"
  size_t shared_bytes_per_block;
};

// "sm_80" or "sm_90"; Error{device} for any other.
const Architecture& architecture(std::string_view name);

struct Launch {
  const char* kernel;
  GridSize grid;
  BlockSize block;
  size_t shared_bytes;
  void (*run_thread)(const void* call);
  const void* call;
};

// Runs grids on the threads of the host: the caller's and threads - 1 of its own.
class Emulator {
 public:
  Emulator(const Architecture& architecture, int threads);
  ~Emulator();

  // Returns when all blocks are done. One launch at a time; a second caller waits. Throws what the kernel of
  // the first failing block threw, and Error{call} for a wrong use of barriers, warp operations or shared
  // memory.
  void run(const Launch& launch);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace graft::emulator
