#include "transfer/cost/resident_memory.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>

#include "transfer/cost/child_process.h"

namespace graft {
namespace {

struct Growth {
  size_t untouched, held, after, restarted;  // bytes above the process as it was before
};

TEST_CASE("resident memory: what was touched counts, and the peak remembers it") {
  constexpr size_t bytes = size_t{64} << 20, slack = size_t{1} << 20;
  const Growth growth = from_child<Growth>("growing", [] {
    settle_resident_memory();
    const size_t idle = resident_memory().now;
    Growth found{};
    std::unique_ptr<char[]> memory(new char[bytes]);
    found.untouched = resident_memory().peak - idle;
    std::memset(memory.get(), 1, bytes);
    found.held = resident_memory().now - idle;
    memory.reset();
    found.after = resident_memory().peak - idle;
    if (restart_resident_peak()) found.restarted = resident_memory().peak - idle;
    return found;
  });
  CHECK(growth.untouched < slack);
  CHECK(growth.held > bytes - slack);  // Linux counts in lots of pages
  CHECK(growth.held < bytes + slack);
  CHECK(growth.after > bytes - slack);
  CHECK(growth.after < bytes + slack);
  CHECK(growth.restarted < slack);
}

}  // namespace
}  // namespace graft
