#include "kernels/async_copy.h"
#include "kernels/reduce.h"
#include "kernels/simt.h"
#include "kernels/vector.h"
#include "tests/emulator/checker_cases.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  alignas(16) float a[64];
  alignas(16) float tile[3][64];
  double wide[64];
  BlockSumShared<float, 64> sum;
  uint8_t bytes[64];
  uint32_t counter;
  bool last;
};
GRAFT_DEVICE Shared& shared() { return shared_memory<Shared>(); }
GRAFT_DEVICE int me() { return thread_index().x; }
GRAFT_DEVICE int block() { return block_index().x; }
GRAFT_DEVICE int everybody() { return block() * block_size().x + me(); }
GRAFT_DEVICE bool is_last(uint32_t before) { return before == static_cast<uint32_t>(grid_size().x) - 1; }

GRAFT_KERNEL void sum_as_a_tree(float* x, float* y, uint32_t*) {
  float* a = shared().a;
  a[me()] = x[everybody()];
  block_barrier();
  for (int half = 32; half > 0; half /= 2) {
    if (me() < half) a[me()] += a[me() + half];
    block_barrier();
  }
  if (me() == 0) y[block()] = a[0];
}

GRAFT_KERNEL void neighbours_write_adjacent_bytes(float*, float* y, uint32_t*) {
  shared().bytes[me()] = static_cast<uint8_t>(me());
  block_barrier();
  y[me()] = shared().bytes[63 - me()];
}

GRAFT_KERNEL void blocks_write_adjacent_bytes(float*, float* y, uint32_t*) {
  if (me() < 5) reinterpret_cast<uint8_t*>(y)[block() * 5 + me()] = static_cast<uint8_t>(block());
}

GRAFT_KERNEL void bytes_then_the_word(float*, float* y, uint32_t*) {
  shared().bytes[me()] = 1;
  block_barrier();
  if (me() % 4 == 0) y[me()] = static_cast<float>(*reinterpret_cast<uint32_t*>(&shared().bytes[me()]));
}

GRAFT_KERNEL void read_by_all_then_overwritten(float* x, float* y, uint32_t*) {
  if (me() == 0) shared().a[0] = x[1];
  block_barrier();
  y[me()] = shared().a[0];
  block_barrier();
  if (me() == 63) shared().a[0] = 7;
}

GRAFT_KERNEL void warp_synchronous_turns(float* x, float* y, uint32_t*) {
  float* a = shared().a;
  for (int turn = 0; turn < 3; ++turn) {
    a[me()] = x[me()] + turn;
    warp_barrier();
    const float sum = a[me() ^ 1] + a[me() / 32 * 32];
    warp_barrier();
    y[me()] = sum;
  }
}

GRAFT_KERNEL void half_warps_on_their_own(float* x, float* y, uint32_t*) {
  const uint32_t mask = me() % 32 < 16 ? 0x0000ffffu : 0xffff0000u;
  for (int turn = 0; turn < (mask & 1 ? 2 : 5); ++turn) {
    shared().a[me()] = x[me()];
    warp_barrier(mask);
    y[me()] = shared().a[me() ^ 15];
    warp_barrier(mask);
  }
}

GRAFT_KERNEL void lane_passes_on_for_its_warp(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  warp_barrier();
  const uint32_t mask = 3u << (me() % 32 & ~1);
  warp_barrier(mask);  // a pair, after the whole warp
  y[me()] = shared().a[me() / 32 * 32 + 5];
  warp_barrier();
  if (me() % 32 == 9) shared().a[me() / 32 * 32 + 5] = 1;
}

GRAFT_DEVICE void fetch(const float* x, int tile, int buffer) {
  if (me() < 16 && tile < 8)
    async_copy<16>(&shared().tile[buffer][me() * 4], x + tile * 64 + me() * 4, tile < 7);
  async_commit();
}

GRAFT_KERNEL void double_buffered_copies(float* x, float* y, uint32_t*) {
  float sum = 0;
  fetch(x, 0, 0);
  for (int tile = 0; tile < 8; ++tile) {
    fetch(x, tile + 1, (tile + 1) % 2);
    async_wait<1>();
    block_barrier();
    sum += shared().tile[tile % 2][63 - me()];
    block_barrier();
  }
  y[me()] = sum;
}

// One barrier a turn: the copy goes where the turn before the last one read.
GRAFT_KERNEL void three_buffers_one_barrier(float* x, float* y, uint32_t*) {
  float sum = 0;
  fetch(x, 0, 0);
  fetch(x, 1, 1);
  for (int tile = 0; tile < 8; ++tile) {
    async_wait<1>();
    block_barrier();
    fetch(x, tile + 2, (tile + 2) % 3);
    sum += shared().tile[tile % 3][63 - me()];
  }
  y[me()] = sum;
}

GRAFT_KERNEL void own_copy_read_without_a_barrier(float* x, float* y, uint32_t*) {
  async_copy<4>(&shared().a[me()], x + me());
  async_commit();
  async_wait<0>();
  y[me()] = shared().a[me()];
}

GRAFT_KERNEL void copies_within_a_warp(float* x, float* y, uint32_t*) {
  const int at = me() / 32 * 32 + me() % 16 * 2;
  if (me() % 32 < 16) async_copy<8>(&shared().a[at], x + at);
  async_commit();
  async_wait<0>();
  warp_barrier();
  y[me()] = shared().a[me() ^ 31];
}

GRAFT_KERNEL void leaves_after_the_last_barrier(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  block_barrier();
  if (me() >= 40) return;
  float sum = shared().a[63 - me()];
  if (me() < 32) sum = warp_sum(sum);
  y[me()] = sum;
}

GRAFT_KERNEL void last_block_adds(float* x, float* y, uint32_t* finished) {
  y[everybody()] = x[everybody()];
  block_barrier();
  if (me() == 0) shared().last = is_last(atomic_add(finished, 1));
  block_barrier();
  if (!shared().last) return;
  float sum = 0;
  for (int i = 0; i < grid_size().x; ++i) sum += y[i * 64 + 63 - me()];
  x[me()] = sum;  // which every block had read from
  if (me() == 0) atomic_store(finished, 0);
}

// Every thread counts for itself; the last one to come reads what all have left.
GRAFT_KERNEL void last_thread_adds(float* x, float* y, uint32_t* finished) {
  y[everybody()] = x[everybody()];
  const uint32_t all = static_cast<uint32_t>(grid_size().x * block_size().x);
  if (atomic_add(finished, 1) != all - 1) return;
  for (uint32_t i = 0; i < all; ++i) x[512] += y[i];
}

GRAFT_KERNEL void last_warp_adds(float* x, float* y, uint32_t* finished) {
  shared().a[me()] = x[me()];
  warp_barrier();
  uint32_t before = 0;
  if (lane_index() == 0) before = atomic_add(finished, 1);
  before = shuffle(before, 0);
  warp_barrier();
  if (before == 1) y[me()] = shared().a[63 - me()];
}

// Block 1 passes on what it has learned from block 0; runs right in any order, as whoever comes too early
// does nothing.
GRAFT_KERNEL void passed_on_twice(float* x, float* y, uint32_t* flags) {
  if (me() != 0) return;
  if (block() == 0) {
    y[0] = x[0];
    atomic_store(&flags[0], 1);
  } else if (block() == 1 && atomic_load(&flags[0]) == 1) {
    y[1] = y[0];
    atomic_store(&flags[1], 1);
  } else if (block() == 2 && atomic_load(&flags[1]) == 1) {
    y[2] = y[0] + y[1];
  }
}

GRAFT_KERNEL void counter_in_shared_memory(float*, float* y, uint32_t*) {
  if (me() == 0) shared().counter = 0;
  block_barrier();
  atomic_add(&shared().counter, 1);
  block_barrier();
  y[me()] = static_cast<float>(shared().counter);
}

GRAFT_KERNEL void one_memory_for_two_uses(float* x, float* y, uint32_t*) {
  shared().wide[me()] = x[me()];
  block_barrier();
  const double sum = shared().wide[me()] + shared().wide[63 - me()];
  block_barrier();
  float* floats = reinterpret_cast<float*>(shared().wide);
  floats[me() * 2 + 1] = static_cast<float>(sum);
  block_barrier();
  y[me()] = floats[(63 - me()) * 2 + 1];
}

GRAFT_KERNEL void own_elements_again_and_again(float* x, float*, uint32_t*) {
  for (int turn = 0; turn < 3; ++turn) x[everybody()] = x[everybody()] * 0.5f;
}

GRAFT_KERNEL void two_sums_by_one_function(float* x, float* y, uint32_t*) {
  const float first = block_sum(shared().sum, x[me()]), second = block_sum(shared().sum, x[64 + me()]);
  y[me()] = first - second;
}

GRAFT_KERNEL void float4_through_shared_memory(float* x, float* y, uint32_t*) {
  if (me() < 16) store4(&shared().a[me() * 4], load4(x + me() * 4));
  block_barrier();
  if (me() < 16) store4(y + me() * 4, load4(&shared().a[(15 - me()) * 4]));
}

GRAFT_KERNEL void local_arrays_and_constants(float* x, float* y, uint32_t*) {
  constexpr float table[4] = {1, 2, 4, 8};
  float local[4];
  for (int i = 0; i < 4; ++i) local[i] = x[i * 64 + me()] * table[i];
  y[me()] = local[static_cast<int>(x[me()]) % 4];
}

GRAFT_KERNEL void part_of_the_struct_unwritten(float* x, float* y, uint32_t*) {
  if (me() < 20) shared().a[me()] = x[me()];
  block_barrier();
  y[me()] = me() < 20 ? shared().a[19 - me()] : 0.0f;
}

GRAFT_KERNEL void global_memory_behind_a_barrier(float* x, float* y, uint32_t*) {
  y[everybody()] = x[everybody()];
  block_barrier();
  x[everybody()] = y[block() * 64 + 63 - me()];
}

// clang-format off
const test::CheckerCase cases[] = {
    {"sum_as_a_tree", sum_as_a_tree, 3, 64, ""},
    {"neighbours_write_adjacent_bytes", neighbours_write_adjacent_bytes, 1, 64, ""},
    {"blocks_write_adjacent_bytes", blocks_write_adjacent_bytes, 7, 32, ""},
    {"bytes_then_the_word", bytes_then_the_word, 1, 64, ""},
    {"read_by_all_then_overwritten", read_by_all_then_overwritten, 1, 64, ""},
    {"warp_synchronous_turns", warp_synchronous_turns, 1, 64, ""},
    {"half_warps_on_their_own", half_warps_on_their_own, 1, 64, ""},
    {"lane_passes_on_for_its_warp", lane_passes_on_for_its_warp, 1, 64, ""},
    {"double_buffered_copies", double_buffered_copies, 1, 64, ""},
    {"three_buffers_one_barrier", three_buffers_one_barrier, 1, 64, ""},
    {"own_copy_read_without_a_barrier", own_copy_read_without_a_barrier, 1, 64, ""},
    {"copies_within_a_warp", copies_within_a_warp, 1, 64, ""},
    {"leaves_after_the_last_barrier", leaves_after_the_last_barrier, 1, 64, ""},
    {"last_block_adds", last_block_adds, 5, 64, ""},
    {"last_thread_adds", last_thread_adds, 3, 40, ""},
    {"last_warp_adds", last_warp_adds, 1, 64, ""},
    {"passed_on_twice", passed_on_twice, 3, 32, ""},
    {"counter_in_shared_memory", counter_in_shared_memory, 1, 64, ""},
    {"one_memory_for_two_uses", one_memory_for_two_uses, 1, 64, ""},
    {"two_sums_by_one_function", two_sums_by_one_function, 1, 64, ""},
    {"float4_through_shared_memory", float4_through_shared_memory, 1, 64, ""},
    {"local_arrays_and_constants", local_arrays_and_constants, 1, 64, ""},
    {"part_of_the_struct_unwritten", part_of_the_struct_unwritten, 1, 64, ""},
    {"global_memory_behind_a_barrier", global_memory_behind_a_barrier, 3, 64, ""},
    {"own_elements_again_and_again", own_elements_again_and_again, 4, 64, ""},
};
// clang-format on

}  // namespace

std::span<const test::CheckerCase> awkward_kernels() { return cases; }

}  // namespace graft::GRAFT_TARGET
