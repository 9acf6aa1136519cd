#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace graft::emulator {

// A request is what the lanes of a warp ask for by one instruction. In shared memory it takes as many
// wavefronts as the busiest of 32 banks of four bytes has different words; 64-bit requests go in two halves,
// 128-bit ones in four quarters. In global memory it moves sectors of 32 bytes.
struct RequestCounts {
  int64_t requests = 0;
  int64_t parts = 0;  // wavefronts or sectors
  int64_t ideal = 0;  // without conflicts; with every byte of a sector wanted
};

struct KernelCounts {
  RequestCounts shared, global;
};
using Counts = std::map<std::string, KernelCounts>;  // by the name given to launch()

struct LaneAccess {
  uintptr_t at;
  uint32_t bytes, lane;
};

// Wavefronts and sectors of one request, at most one access a lane; shared addresses count from the struct.
RequestCounts shared_request(const std::vector<LaneAccess>& lanes);
RequestCounts global_request(const std::vector<LaneAccess>& lanes);

// Collects the accesses of a block, thread after thread, and puts them together to requests: the n-th time
// that a lane came by an instruction since the last barrier meets the other lanes' n-th time.
class AccessTrace {
 public:
  struct Access {
    const void* line;
    uintptr_t at;
    uint32_t bytes, thread;
    bool shared;
  };
  void add(const Access& access) { accesses_.push_back(access); }
  void flush(KernelCounts& counts);

 private:
  std::vector<Access> accesses_;
};

}  // namespace graft::emulator
