#include "fuzz_pair.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return graft::fuzz::read_pair(data, size, "cfg", "weights");
}
