#pragma once

namespace graft {

namespace emulator {
class Emulator;
}

// The queue that a launch goes to.
struct Stream {
  void* handle = nullptr;                  // cuda: the cudaStream_t
  emulator::Emulator* emulator = nullptr;  // emulated: what runs the blocks
};

}  // namespace graft
