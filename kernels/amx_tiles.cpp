#include "kernels/amx_tiles.h"

#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

namespace graft::amx {
namespace {

// Linux, Documentation/arch/x86/xstate.rst.
bool ask_for_tiles() {
  constexpr long request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

// What LDTILECFG reads.
struct alignas(64) Shapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(Shapes) == 64);

}  // namespace

std::string why_unavailable() {
  static const bool has = __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16");
  if (!has) return "this processor has no AMX";
  static const bool given = ask_for_tiles();
  return given ? "" : "the system gives this process no AMX tiles";
}

TileShapes::TileShapes(int64_t rows) {
  Shapes shapes;
  for (int tile = 0; tile < 8; ++tile) {
    shapes.row_bytes[tile] = 64;
    shapes.rows[tile] = static_cast<uint8_t>(tile < 6 ? rows : most_rows);
  }
  asm volatile("ldtilecfg %0" ::"m"(shapes));
}
TileShapes::~TileShapes() { asm volatile("tilerelease"); }

}  // namespace graft::amx

#else
namespace graft::amx {

std::string why_unavailable() { return "this processor has no AMX"; }
TileShapes::TileShapes(int64_t) {}
TileShapes::~TileShapes() {}

}  // namespace graft::amx
#endif
