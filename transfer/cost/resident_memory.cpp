#include "transfer/cost/resident_memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/check.h"

namespace graft {

namespace {

size_t kib_of(const std::string& status, const std::string& key) {
  const size_t at = status.find("\n" + key + ":");
  GRAFT_CHECK(at != std::string::npos, device, "/proc/self/status: does not say ", key);
  return std::stoull(status.substr(at + key.size() + 2));
}

}  // namespace

ResidentMemory resident_memory() {
  std::ifstream file("/proc/self/status");
  GRAFT_CHECK(file, device, "/proc/self/status: cannot be read, so resident memory is not known");
  const std::string status(std::istreambuf_iterator<char>(file), {});
  return {kib_of(status, "VmRSS") * 1024, kib_of(status, "VmHWM") * 1024};
}

void settle_resident_memory() {
  malloc_trim(0);  // first: what is given back later would stay in the peak
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    // begin-end permissions offset device inode path, as in proc(5)
    std::istringstream words(line);
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::string permissions, offset, device, path;
    uint64_t inode = 0;
    words >> std::hex >> begin >> dash >> end >> permissions >> offset >> device >> std::dec >> inode >> path;
    if (!words || inode == 0 || !permissions.starts_with('r')) continue;
    // Kernels before 5.14 refuse: what is read of a file later then counts as allocated.
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ);
  }
}

bool restart_resident_peak() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << "5" << std::flush);  // as in proc(5)
}

}  // namespace graft
