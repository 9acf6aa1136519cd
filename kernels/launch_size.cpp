#include "kernels/launch_size.h"

#include "engine/check.h"

namespace graft {

bool has_work(const char* kernel, const GridSize& grid, const BlockSize& block) {
  constexpr int64_t max_x = 0x7fffffff, max_yz = 65535, max_threads = 1024;
  GRAFT_CHECK(
      grid.x >= 0 && grid.y >= 0 && grid.z >= 0 && grid.x <= max_x && grid.y <= max_yz && grid.z <= max_yz,
      call, "kernel ", kernel, ": a grid of ", grid.x, " x ", grid.y, " x ", grid.z,
      " blocks cannot be launched; the limit is ", max_x, " x ", max_yz, " x ", max_yz);
  const bool positive = block.x > 0 && block.y > 0 && block.z > 0;
  const bool small = block.x <= max_threads && block.y <= max_threads && block.z <= 64;
  GRAFT_CHECK(positive && small && int64_t{block.x} * block.y * block.z <= max_threads, call, "kernel ",
              kernel, ": a block of ", block.x, " x ", block.y, " x ", block.z,
              " threads cannot be launched; the limit is 1024 x 1024 x 64 and ", max_threads, " in all");
  return grid.x > 0 && grid.y > 0 && grid.z > 0;
}

void launch_failed(const char* kernel, const char* reason) {
  fail(ErrorCode::device, "kernel ", kernel, " could not be launched: ", reason);
}

}  // namespace graft
