#include "tests/emulator/tensor_core_kernels.h"

#include "kernels/half_vector.h"
#include "kernels/tensor_core.h"

namespace graft::GRAFT_TARGET {
namespace {

template <class Element>
GRAFT_KERNEL void multiply_fragments_kernel(const uint32_t* a, const uint32_t* b, float* c) {
  const int lane = lane_index();
  WarpTile<16, 8> tile;
  for (int e = 0; e < 4; ++e) tile.a[0][e] = a[4 * lane + e];
  for (int e = 0; e < 2; ++e) tile.b[0][e] = b[2 * lane + e];
  for (int e = 0; e < 4; ++e) tile.c[0][0][e] = c[4 * lane + e];
  multiply_add<Element>(tile);
  for (int e = 0; e < 4; ++e) c[4 * lane + e] = tile.c[0][0][e];
}

struct alignas(16) RowsShared {
  uint32_t of[32][4];
};

template <bool transposed>
GRAFT_KERNEL void hand_out_rows_kernel(const uint32_t* rows, uint32_t* out) {
  auto& shared = shared_memory<RowsShared>();
  const int lane = lane_index();
  for (int e = 0; e < 4; ++e) shared.of[lane][e] = rows[4 * lane + e];
  block_barrier();
  uint32_t received[1][4];
  const bfloat16* const shown[1] = {reinterpret_cast<const bfloat16*>(shared.of[lane])};
  if constexpr (transposed)
    load_transposed(received, shown);
  else
    load_matrices(received, shared.of[lane], 0);
  for (int e = 0; e < 4; ++e) out[4 * lane + e] = received[0][e];
}

GRAFT_KERNEL void round_to_tf32_kernel(const uint32_t* x, uint32_t* y) {
  y[lane_index()] = to_tf32(x[lane_index()]);
}

GRAFT_KERNEL void round_to_bfloat16_kernel(const float* x, uint16_t* y) {
  const int lane = lane_index();
  bfloat16 stored;
  store(&stored, x[lane]);
  y[lane] = stored.bits;
}

}  // namespace

void multiply_fragments(DType type, const uint32_t* a, const uint32_t* b, float* c, Stream& stream) {
  const auto kernel = type == DType::float32    ? multiply_fragments_kernel<float>
                      : type == DType::bfloat16 ? multiply_fragments_kernel<bfloat16>
                                                : multiply_fragments_kernel<float16>;
  launch("multiply_fragments", kernel, {1}, {32}, 0, stream, a, b, c);
}
void hand_out_rows(bool transposed, const uint32_t* rows, uint32_t* out, Stream& stream) {
  launch("hand_out_rows", transposed ? hand_out_rows_kernel<true> : hand_out_rows_kernel<false>, {1}, {32},
         sizeof(RowsShared), stream, rows, out);
}
void round_to_tf32(const uint32_t* x, uint32_t* y, Stream& stream) {
  launch("round_to_tf32", round_to_tf32_kernel, {1}, {32}, 0, stream, x, y);
}
void round_to_bfloat16(const float* x, uint16_t* y, Stream& stream) {
  launch("round_to_bfloat16", round_to_bfloat16_kernel, {1}, {32}, 0, stream, x, y);
}

}  // namespace graft::GRAFT_TARGET
