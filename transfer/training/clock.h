#pragma once

#include <chrono>

namespace graft {

// Seconds of a clock that never goes back; only differences mean anything.
inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace graft
