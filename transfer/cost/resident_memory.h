#pragma once

#include <cstddef>

namespace graft {

// This process's memory that lies in the machine's, in bytes, as Linux counts it (proc(5), VmRSS and VmHWM).
struct ResidentMemory {
  size_t now = 0, peak = 0;
};
ResidentMemory resident_memory();

// Gives freed memory back to the system, and brings all of the program, its libraries and its mapped files to
// memory: what the resident memory grows by from then on is what is allocated.
void settle_resident_memory();

// Counts the peak from here on, not from where the process began. False where the kernel does not allow it.
bool restart_resident_peak();

}  // namespace graft
