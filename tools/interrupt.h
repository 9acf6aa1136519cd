#pragma once

namespace graft {

// From the first Ctrl-C on, interrupted() is true and the work is expected to stop; a second one kills.
void watch_interrupts();
bool interrupted();

}  // namespace graft
