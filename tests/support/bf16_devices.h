#pragma once

#include <string>
#include <vector>

#include "engine/device.h"
#include "kernels/onednn_entry.h"

namespace graft::test {

// The devices that compute a frozen prefix in bfloat16 here.
inline std::vector<std::string> bf16_devices() {
  std::vector<std::string> names{"emulated"};
  if (why_no_onednn_bf16().empty()) names.push_back("cpu");
  if (automatic_device().why_not_cuda.empty()) names.push_back("cuda");
  return names;
}

}  // namespace graft::test
