#include "tools/device_choice.h"

#include "engine/check.h"
#include "engine/device.h"

namespace graft {

ChosenDevice choose_device(const DeviceChoice& asked) {
  if (asked.device != "auto") return {asked, "device: " + asked.device};
  const AutomaticDevice found = automatic_device();
  ChosenDevice chosen{asked, "device: " + found.name};
  chosen.choice.device = found.name;
  if (!found.why_not_cuda.empty()) chosen.line += text(" (no GPU: ", found.why_not_cuda, ")");
  return chosen;
}

}  // namespace graft
