#include <string_view>

#include "engine/error.h"
#include "heap_watch.h"
#include "read_all.h"

// A file of one part. GRAFT_FUZZ_FORMAT: of this graph format, as graph_formats() names it; "" for tensors
// alone. What another reader would take is left to it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const graft::FileBytes file{"input", {reinterpret_cast<const std::byte*>(data), size}, nullptr};
  std::string_view format;
  for (const graft::GraphFormat& known : graft::graph_formats())
    if (format.empty() && known.recognises(file)) format = known.name;
  if (format != GRAFT_FUZZ_FORMAT) return 0;
  const graft::fuzz::HeapWatch watch(size);
  try {
    graft::fuzz::use(graft::read_source(file));
  } catch (const graft::Error&) {
  }
  return 0;
}
