#pragma once

#include <cstdint>
#include <string>

namespace graft::emulator {

// What the checker found. Source lines are looked up when it is told, on a stack that has room for it.
struct Report {
  std::string who;   // kernel, block, thread
  std::string what;  // kind, access, place
  const void* line = nullptr;
  std::string other;                 // what somebody else did before, if that is to blame
  const void* other_line = nullptr;  // null where it is not known
};

std::string tell(const Report& report);

}  // namespace graft::emulator
