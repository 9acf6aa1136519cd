#include "tests/emulator/tensor_core_kernels.h"

#include "kernels/tensor_core.h"

namespace graft::GRAFT_TARGET {
namespace {

GRAFT_KERNEL void multiply_fragments_kernel(const float* a, const float* b, float* c) {
  const int lane = lane_index();
  WarpTile<16, 8> tile;
  for (int e = 0; e < 4; ++e) tile.a[0][e] = a[4 * lane + e];
  for (int e = 0; e < 2; ++e) tile.b[0][e] = b[2 * lane + e];
  for (int e = 0; e < 4; ++e) tile.c[0][0][e] = c[4 * lane + e];
  multiply_add_tf32(tile);
  for (int e = 0; e < 4; ++e) c[4 * lane + e] = tile.c[0][0][e];
}

struct alignas(16) RowsShared {
  float of[32][4];
};

GRAFT_KERNEL void hand_out_rows_kernel(const float* rows, float* out) {
  auto& shared = shared_memory<RowsShared>();
  const int lane = lane_index();
  for (int e = 0; e < 4; ++e) shared.of[lane][e] = rows[4 * lane + e];
  block_barrier();
  float received[1][4];
  load_matrices(received, shared.of[lane], 0);
  for (int e = 0; e < 4; ++e) out[4 * lane + e] = received[0][e];
}

GRAFT_KERNEL void round_to_tf32_kernel(const float* x, float* y) {
  y[lane_index()] = to_tf32(x[lane_index()]);
}

}  // namespace

void multiply_fragments(const float* a, const float* b, float* c, Stream& stream) {
  launch("multiply_fragments", multiply_fragments_kernel, {1}, {32}, 0, stream, a, b, c);
}
void hand_out_rows(const float* rows, float* out, Stream& stream) {
  launch("hand_out_rows", hand_out_rows_kernel, {1}, {32}, sizeof(RowsShared), stream, rows, out);
}
void round_to_tf32(const float* x, float* y, Stream& stream) {
  launch("round_to_tf32", round_to_tf32_kernel, {1}, {32}, 0, stream, x, y);
}

}  // namespace graft::GRAFT_TARGET
