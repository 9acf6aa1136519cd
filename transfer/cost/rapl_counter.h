#pragma once

#include "transfer/cost/energy.h"

namespace graft {

// The processor packages' counters below root/sys/class/powercap (Linux's powercap framework, RAPL): of all
// of them or, where one cannot be read, of none.
FoundCounter rapl_counter(const std::filesystem::path& root);

}  // namespace graft
