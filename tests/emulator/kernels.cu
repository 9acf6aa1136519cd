#include "tests/emulator/kernels.h"

#include "kernels/async_copy.h"
#include "kernels/reduce.h"
#include "kernels/simt.h"
#include "kernels/vector.h"

namespace graft::GRAFT_TARGET {
namespace {

GRAFT_KERNEL void vector_add_kernel(const float* a, const float* b, float* sum, int64_t count) {
  const int64_t i = int64_t{block_index().x} * block_size().x + thread_index().x;
  if (i < count) sum[i] = a[i] + b[i];
}

struct BlockSumsShared {
  float partial[256];
};

GRAFT_KERNEL_BOUNDED(256) void block_sums_kernel(const float* x, float* sums, int64_t count) {
  auto& shared = shared_memory<BlockSumsShared>();
  const int t = thread_index().x;
  const int64_t i = int64_t{block_index().x} * 256 + t;
  shared.partial[t] = i < count ? x[i] : 0.0f;
  block_barrier();
  for (int half = 128; half > 0; half /= 2) {
    if (t < half) shared.partial[t] += shared.partial[t + half];
    block_barrier();
  }
  if (t == 0) sums[block_index().x] = shared.partial[0];
}

constexpr int tile = 16;
struct TransposeShared {
  float values[tile][tile + 1];
};

GRAFT_KERNEL void transpose_kernel(const float* in, float* out, int rows, int columns) {
  auto& shared = shared_memory<TransposeShared>();
  const Int3 t = thread_index(), b = block_index();
  int row = b.y * tile + t.y, column = b.x * tile + t.x;
  if (row < rows && column < columns) shared.values[t.y][t.x] = in[row * columns + column];
  block_barrier();
  row = b.y * tile + t.x;
  column = b.x * tile + t.y;
  if (row < rows && column < columns) out[column * rows + row] = shared.values[t.x][t.y];
}

GRAFT_KERNEL void warp_sums_kernel(const float* x, float* sums, float* largest, int warps) {
  const int warp = block_index().x * 4 + warp_index();
  const float value = warp < warps ? x[warp * warp_size + lane_index()] : 0.0f;
  const float sum = warp_sum(value), most = warp_max(value);
  if (warp < warps && lane_index() == warp % warp_size) sums[warp] = sum, largest[warp] = most;
}

// The low lanes exchange among themselves while the high ones go another way and vote.
GRAFT_KERNEL void half_warp_exchange_kernel(const int* x, int* out, int* high_votes) {
  const int lane = lane_index();
  int value = x[lane];
  if (lane < 16) {
    for (int i = 0; i < 3; ++i) value += shuffle_xor(value, 1 << i, 0x0000ffffu);
  } else {
    *high_votes = static_cast<int>(warp_ballot(value > 20, 0xffff0000u) >> 16);
  }
  out[lane] = value;
}

GRAFT_KERNEL void shuffle_patterns_kernel(const int* x, int* up, int* down, int* first) {
  const int lane = lane_index();
  const int value = x[lane];
  up[lane] = shuffle_up(value, 3);
  down[lane] = shuffle_down(value, 5);
  warp_barrier();
  first[lane] = shuffle(value, 0) + (warp_any(lane == 7) ? 1000 : 0) + (warp_all(lane < 31) ? 5000 : 0);
}

// Lane n meets lane n-1, then lane n+1: the masks overlap, and no two of these meetings may be mistaken for
// one.
GRAFT_KERNEL void pair_chain_kernel(const int* x, int* out) {
  const int lane = lane_index();
  int value = x[lane];
  if (lane > 0) value += shuffle(value, lane - 1, 3u << (lane - 1));
  if (lane < 31) shuffle(value, lane, 3u << lane);
  out[lane] = value;
}

GRAFT_KERNEL void group_sums_kernel(const double* x, double* sums) {
  const int t = linear_thread_index();
  const double sum = warp_sum<8>(x[t]), least = warp_min<8>(x[t]);
  sums[t] = sum - least;
}

GRAFT_KERNEL void who_am_i_kernel(int* thread, int* block) {
  const Int3 t = thread_index(), b = block_index(), size = block_size(), grid = grid_size();
  const int block_number = b.x + grid.x * (b.y + grid.y * b.z);
  const int i = 3 * (block_number * size.x * size.y * size.z + t.x + size.x * (t.y + size.y * t.z));
  thread[i] = t.x, thread[i + 1] = t.y, thread[i + 2] = t.z;
  block[i] = b.x, block[i + 1] = b.y, block[i + 2] = b.z;
}

struct SixtyFour {
  float values[64];
};

GRAFT_KERNEL void unwritten_shared_kernel(float* out) {
  out[thread_index().x] = shared_memory<SixtyFour>().values[thread_index().x];
}

// Each block reads what it finds, then leaves something behind for the next.
GRAFT_KERNEL void fill_shared_kernel(float* out) {
  auto& shared = shared_memory<SixtyFour>();
  const int t = thread_index().x;
  out[block_index().x * 64 + t] = shared.values[t];
  shared.values[t] = 1.0f;
}

GRAFT_KERNEL void early_return_before_barrier_kernel(const float* x, float* y, int count) {
  const int i = block_index().x * 64 + thread_index().x;
  if (i >= count) return;
  block_barrier();
  y[i] = x[i];
}

GRAFT_KERNEL void lane_left_out_kernel(int* out) {
  const int lane = lane_index();
  if (lane == 31) return;
  out[lane] = shuffle_xor(lane, 1);
}

GRAFT_KERNEL void value_from_outside_the_mask_kernel(int* out) {
  const int lane = lane_index();
  if (lane < 8) out[lane] = shuffle_xor(lane, 8, 0xffu);
}

GRAFT_KERNEL void lanes_in_different_operations_kernel(int* out) {
  const int lane = lane_index();
  if (lane < 16)
    out[lane] = shuffle_xor(lane, 1);
  else
    out[lane] = static_cast<int>(warp_ballot(true));
}

struct LastBlockShared {
  BlockSumShared<float, 64> sum;
  bool last;
};

GRAFT_KERNEL_BOUNDED(64)
void last_block_sum_kernel(const float* x, float* sums, uint32_t* finished, float* total) {
  auto& shared = shared_memory<LastBlockShared>();
  const int blocks = grid_size().x, t = thread_index().x;
  const float sum = block_sum(shared.sum, x[block_index().x * 64 + t]);
  if (t == 0) {
    sums[block_index().x] = sum;
    shared.last = atomic_add(finished, 1) == static_cast<uint32_t>(blocks) - 1;
  }
  block_barrier();
  if (!shared.last || t != 0) return;
  float all = 0;
  for (int i = 0; i < blocks; ++i) all += sums[i];
  *total = all;
  atomic_store(finished, 0);
}

struct StagedShared {
  alignas(16) float tile[2][64];
};

// Sixteen threads copy four floats each for all 64; a tile's tail beyond `count` is zero.
GRAFT_KERNEL_BOUNDED(64) void staged_sums_kernel(const float* x, float* y, int tiles, int count) {
  auto& shared = shared_memory<StagedShared>();
  const int t = thread_index().x;
  const auto fetch = [&](int tile) {
    const int at = tile * 64 + t * 4;
    if (t < 16 && tile < tiles)
      async_copy<16>(&shared.tile[tile % 2][t * 4], x + (at < count ? at : 0), at < count);
    async_commit();
  };
  float sum = 0;
  fetch(0);
  for (int tile = 0; tile < tiles; ++tile) {
    fetch(tile + 1);
    async_wait<1>();
    block_barrier();
    sum += shared.tile[tile % 2][t];
    block_barrier();
  }
  y[t] = sum;
}

}  // namespace

void last_block_sum(const float* x, float* sums, uint32_t* finished, float* sum, int blocks, Stream& stream) {
  launch("last_block_sum", last_block_sum_kernel, {blocks}, {64}, sizeof(LastBlockShared), stream, x, sums,
         finished, sum);
}

void staged_sums(const float* x, float* y, int tiles, int count, Stream& stream) {
  launch("staged_sums", staged_sums_kernel, {1}, {64}, sizeof(StagedShared), stream, x, y, tiles, count);
}

void vector_add(const float* a, const float* b, float* sum, int64_t count, Stream& stream) {
  launch("vector_add", vector_add_kernel, {blocks_for(count, 128)}, {128}, 0, stream, a, b, sum, count);
}

void block_sums(const float* x, float* sums, int64_t count, Stream& stream) {
  launch("block_sums", block_sums_kernel, {blocks_for(count, 256)}, {256}, sizeof(BlockSumsShared), stream, x,
         sums, count);
}

void transpose(const float* in, float* out, int rows, int columns, Stream& stream) {
  launch("transpose", transpose_kernel, {blocks_for(columns, tile), blocks_for(rows, tile)}, {tile, tile},
         sizeof(TransposeShared), stream, in, out, rows, columns);
}

void warp_sums(const float* x, float* sums, float* largest, int warps, Stream& stream) {
  launch("warp_sums", warp_sums_kernel, {blocks_for(warps, 4)}, {128}, 0, stream, x, sums, largest, warps);
}

void half_warp_exchange(const int* x, int* out, int* high_votes, Stream& stream) {
  launch("half_warp_exchange", half_warp_exchange_kernel, {1}, {32}, 0, stream, x, out, high_votes);
}

void shuffle_patterns(const int* x, int* up, int* down, int* first, Stream& stream) {
  launch("shuffle_patterns", shuffle_patterns_kernel, {1}, {32}, 0, stream, x, up, down, first);
}

void pair_chain(const int* x, int* out, Stream& stream) {
  launch("pair_chain", pair_chain_kernel, {1}, {32}, 0, stream, x, out);
}

void group_sums(const double* x, double* sums, int threads, Stream& stream) {
  launch("group_sums", group_sums_kernel, {1}, {threads}, 0, stream, x, sums);
}

void who_am_i(int* thread, int* block, GridSize grid, BlockSize size, Stream& stream) {
  launch("who_am_i", who_am_i_kernel, grid, size, 0, stream, thread, block);
}

void unwritten_shared(float* out, uint64_t shared_bytes, Stream& stream) {
  launch("unwritten_shared", unwritten_shared_kernel, {1}, {64}, shared_bytes, stream, out);
}

void fill_shared(float* out, Stream& stream) {
  launch("fill_shared", fill_shared_kernel, {3}, {64}, sizeof(SixtyFour), stream, out);
}

void early_return_before_barrier(const float* x, float* y, int count, Stream& stream) {
  launch("early_return_before_barrier", early_return_before_barrier_kernel, {blocks_for(count, 64)}, {64}, 0,
         stream, x, y, count);
}

void lane_left_out(int* out, Stream& stream) {
  launch("lane_left_out", lane_left_out_kernel, {1}, {32}, 0, stream, out);
}

void value_from_outside_the_mask(int* out, Stream& stream) {
  launch("value_from_outside_the_mask", value_from_outside_the_mask_kernel, {1}, {32}, 0, stream, out);
}

void lanes_in_different_operations(int* out, Stream& stream) {
  launch("lanes_in_different_operations", lanes_in_different_operations_kernel, {1}, {32}, 0, stream, out);
}

}  // namespace graft::GRAFT_TARGET
