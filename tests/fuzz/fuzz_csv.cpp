#include "engine/error.h"
#include "heap_watch.h"
#include "transfer/data/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const graft::fuzz::HeapWatch watch(size);
  try {
    graft::parse_csv({reinterpret_cast<const char*>(data), size}, "input");
  } catch (const graft::Error&) {
  }
  return 0;
}
