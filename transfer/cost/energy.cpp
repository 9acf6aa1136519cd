#include "transfer/cost/energy.h"

#include "engine/check.h"
#include "transfer/cost/nvml_counter.h"
#include "transfer/cost/rapl_counter.h"

namespace graft {

FoundCounter energy_counter(const DeviceProperties& device) {
  switch (device.kind) {
    case DeviceKind::cpu: return rapl_counter("/");
    case DeviceKind::cuda: return nvml_counter();
    default:
      return {nullptr, text(device.name, " stands for another device, which is not there to be counted")};
  }
}

}  // namespace graft
