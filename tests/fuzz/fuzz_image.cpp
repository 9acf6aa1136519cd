#include "engine/error.h"
#include "transfer/image/decode.h"

// A picture of few bytes may rightly need much memory, up to kMostPixels: here only the fuzzer's own limit
// holds.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    graft::decode({reinterpret_cast<const std::byte*>(data), size}, "input");
  } catch (const graft::Error&) {
  }
  return 0;
}
