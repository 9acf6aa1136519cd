#pragma once

#include "transfer/cost/energy.h"

namespace graft {

// What is used of NVIDIA's management library (NVML API reference). Each returns 0 where it worked.
struct NvmlApi {
  int (*initialise)() = nullptr;
  int (*shut_down)() = nullptr;
  int (*device_count)(unsigned* count) = nullptr;
  int (*device)(unsigned index, void** handle) = nullptr;
  int (*energy)(void* handle, unsigned long long* millijoules) = nullptr;  // since the driver was loaded
};

// The driver's library, loaded when first asked for. `why_not` says why there is none.
const NvmlApi* nvml(std::string& why_not);

// The only GPU's counter: among several, the library's numbers are not the runtime's.
FoundCounter nvml_counter(const NvmlApi& api);
FoundCounter nvml_counter();

}  // namespace graft
