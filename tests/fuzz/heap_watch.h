#pragma once

#include <cstddef>

namespace graft::fuzz {

// What one input makes the process allocate. A reader may take memory in proportion to its file, and a
// constant: more ends the process as a crash would, so that the fuzzer keeps the input.
class HeapWatch {
 public:
  explicit HeapWatch(size_t input_bytes);
  ~HeapWatch();

 private:
  size_t input_bytes_;
};

}  // namespace graft::fuzz
