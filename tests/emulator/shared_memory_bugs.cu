#include "kernels/simt.h"
#include "kernels/vector.h"
#include "tests/emulator/checker_cases.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  alignas(16) float a[64];
  float b[64];
  uint8_t bytes[64];
  uint32_t counter;
};
GRAFT_DEVICE Shared& shared() { return shared_memory<Shared>(); }
GRAFT_DEVICE int me() { return thread_index().x; }

GRAFT_KERNEL void no_barrier_after_fill(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  if (me() > 0) y[me()] = shared().a[me() - 1];
}

GRAFT_KERNEL void no_barrier_between_turns(float* x, float* y, uint32_t*) {
  float sum = 0;
  for (int turn = 0; turn < 3; ++turn) {
    shared().a[me()] = x[turn * 64 + me()];
    block_barrier();
    sum += shared().a[63 - me()];
  }
  y[me()] = sum;
}

GRAFT_KERNEL void racing_increment(float* x, float*, uint32_t*) {
  if (me() == 0) shared().a[0] = 0;
  block_barrier();
  shared().a[0] += x[me()];
}

GRAFT_KERNEL void two_threads_one_element(float* x, float*, uint32_t*) { shared().a[me() / 2] = x[me()]; }

GRAFT_KERNEL void all_write_the_same_value(float*, float*, uint32_t*) { shared().counter = 1; }

// As if the lanes of a warp still went in lock-step.
GRAFT_KERNEL void last_warp_without_barriers(float* x, float* y, uint32_t*) {
  float* a = shared().a;
  a[me()] = x[me()];
  block_barrier();
  if (me() < 32)
    for (int half = 32; half > 0; half /= 2) a[me()] += a[me() + half - (me() + half >= 64 ? 64 : 0)];
  if (me() == 0) y[0] = a[0];
}

GRAFT_KERNEL void shuffle_for_a_barrier(float* x, float* y, uint32_t*) {
  if (me() == 0) shared().a[0] = x[5];
  shuffle(me(), 0);
  y[me()] = shared().a[0];
}

GRAFT_KERNEL void vote_for_a_barrier(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  if (warp_all(true)) y[me()] = shared().a[me() ^ 1];
}

GRAFT_KERNEL void warp_barrier_for_a_block(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  warp_barrier();
  if (me() >= 32) y[me()] = shared().a[me() - 32];
}

GRAFT_KERNEL void warp_barrier_of_half_a_warp(float* x, float* y, uint32_t*) {
  if (me() < 16) {
    shared().a[me()] = x[me()];
    warp_barrier(0x0000ffffu);
  } else {
    warp_barrier(0xffff0000u);
    y[me()] = shared().a[me() - 16];
  }
}

GRAFT_KERNEL void overwritten_while_read(float* x, float* y, uint32_t*) {
  if (me() == 0) shared().a[0] = x[1];
  block_barrier();
  y[me()] = shared().a[0];
  if (me() == 5) shared().a[0] = 7;
}

GRAFT_KERNEL void overwritten_by_a_lane_that_read(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  warp_barrier();
  y[me()] = shared().a[3];
  if (me() == 3) shared().a[3] = 7;
}

GRAFT_KERNEL void word_over_a_neighbours_byte(float*, float*, uint32_t*) {
  if (me() % 4 == 0)
    shared().bytes[me()] = 1;
  else if (me() % 4 == 1)
    *reinterpret_cast<uint32_t*>(&shared().bytes[me() - 1]) = 2;
}

GRAFT_KERNEL void two_threads_one_byte(float*, float*, uint32_t*) {
  shared().bytes[me() / 2] = static_cast<uint8_t>(me());
}

GRAFT_KERNEL void second_use_of_a_sum(float* x, float* y, uint32_t*) {
  float& total = shared().a[0];
  for (int turn = 0; turn < 2; ++turn) {
    if (me() == 0) total = x[turn];
    block_barrier();
    y[turn * 64 + me()] = total;  // the others may still read when thread 0 writes again
  }
}

GRAFT_KERNEL void unwritten_element(float*, float* y, uint32_t*) { y[me()] = shared().b[me()]; }

GRAFT_KERNEL void unwritten_edge(float* x, float* y, uint32_t*) {
  if (me() > 0) shared().a[me()] = x[me()];
  block_barrier();
  y[me()] = shared().a[me() / 2];
}

GRAFT_KERNEL void unwritten_byte(float*, float* y, uint32_t*) {
  if (me() != 9) shared().bytes[me()] = 3;
  block_barrier();
  y[me()] = shared().bytes[63 - me()];
}

// What the block before left there is gone on a GPU.
GRAFT_KERNEL void left_by_another_block(float* x, float* y, uint32_t*) {
  if (block_index().x == 0) shared().a[me()] = x[me()];
  block_barrier();
  y[block_index().x * 64 + me()] = shared().a[me()];
}

GRAFT_KERNEL void unwritten_counter(float*, float*, uint32_t*) { atomic_add(&shared().counter, 1); }

GRAFT_KERNEL void plain_read_of_a_counter(float*, float* y, uint32_t*) {
  if (me() == 0) shared().counter = 0;
  block_barrier();
  atomic_add(&shared().counter, 1);
  y[me()] = static_cast<float>(shared().counter);
}

GRAFT_KERNEL void index_beyond_a_member(float* x, float*, uint32_t*) { shared().a[me() + 1] = x[me()]; }

GRAFT_KERNEL void index_in_front_of_a_member(float* x, float*, uint32_t*) { shared().b[me() - 1] = x[me()]; }

GRAFT_KERNEL void pointer_beyond_the_struct(float* x, float*, uint32_t*) {
  float* a = shared().a;
  a[sizeof(Shared) / 4 - 63 + me()] = x[me()];
}

GRAFT_KERNEL void pointer_in_front_of_the_struct(float*, float* y, uint32_t*) {
  const float* a = shared().a;
  y[me()] = a[me() - 64];
}

GRAFT_KERNEL void index_beyond_a_local_array(float* x, float* y, uint32_t* words) {
  float local[4];
  for (int i = 0; i < 4; ++i) local[i] = x[i];
  y[me()] = local[me() / 16 + words[0] + 1];
}

GRAFT_KERNEL void misaligned_float4(float*, float*, uint32_t*) {
  store4(shared().a + me() * 5, {1, 2, 3, 4});
}

GRAFT_KERNEL void larger_than_the_launch_said(float* x, float*, uint32_t*) { shared().a[me()] = x[me()]; }

// clang-format off
const test::CheckerCase cases[] = {
    {"no_barrier_after_fill", no_barrier_after_fill, 1, 64, "race: reads 4 bytes at byte 0 of a shared struct of 592 bytes, written by thread (0,0,0)"},
    {"no_barrier_between_turns", no_barrier_between_turns, 1, 64, "race: reads 4 bytes"},
    {"racing_increment", racing_increment, 1, 64, "race: reads 4 bytes at byte 0 of a shared struct"},
    {"two_threads_one_element", two_threads_one_element, 1, 64, "race: writes 4 bytes at byte 0 of a shared struct"},
    {"all_write_the_same_value", all_write_the_same_value, 1, 64, "race: writes 4 bytes at byte 576"},
    {"last_warp_without_barriers", last_warp_without_barriers, 1, 64, "race"},
    {"shuffle_for_a_barrier", shuffle_for_a_barrier, 1, 32, "race: reads"},
    {"vote_for_a_barrier", vote_for_a_barrier, 1, 32, "race: reads"},
    {"warp_barrier_for_a_block", warp_barrier_for_a_block, 1, 64, "race: reads 4 bytes at byte 124 of a shared struct of 592 bytes, written by thread (31,0,0) at tests/emulator/shared_memory_bugs.cu:"},
    {"warp_barrier_of_half_a_warp", warp_barrier_of_half_a_warp, 1, 32, "race: reads"},
    {"overwritten_while_read", overwritten_while_read, 1, 64, "race: writes 4 bytes at byte 0 of a shared struct of 592 bytes, read by several warps, among them thread"},
    {"overwritten_by_a_lane_that_read", overwritten_by_a_lane_that_read, 1, 32, "race"},
    {"word_over_a_neighbours_byte", word_over_a_neighbours_byte, 1, 64, "race: writes 1 byte"},
    {"two_threads_one_byte", two_threads_one_byte, 1, 64, "race: writes 1 byte at byte 512"},
    {"second_use_of_a_sum", second_use_of_a_sum, 1, 64, "race"},
    {"unwritten_element", unwritten_element, 1, 64, "unwritten: reads 4 bytes at byte 256 of a shared struct"},
    {"unwritten_edge", unwritten_edge, 1, 64, "unwritten: reads 4 bytes at byte 0"},
    {"unwritten_byte", unwritten_byte, 1, 64, "thread (54,0,0), tests/emulator/shared_memory_bugs.cu:"},
    {"left_by_another_block", left_by_another_block, 2, 64, "block (1,0,0), thread"},
    {"unwritten_counter", unwritten_counter, 1, 64, "unwritten: reads 4 bytes at byte 576"},
    {"plain_read_of_a_counter", plain_read_of_a_counter, 1, 64, "race"},
    {"index_beyond_a_member", index_beyond_a_member, 1, 64, "thread (63,0,0): out of bounds: index 64 of 'float [64]' at tests/emulator/shared_memory_bugs.cu:"},
    {"index_in_front_of_a_member", index_in_front_of_a_member, 1, 64, "out of bounds: index -1 of 'float [64]'"},
    {"pointer_beyond_the_struct", pointer_beyond_the_struct, 1, 64, "out of bounds: writes 4 bytes at byte 592"},
    {"pointer_in_front_of_the_struct", pointer_in_front_of_the_struct, 1, 64, "out of bounds: reads 4 bytes at byte -256"},
    {"index_beyond_a_local_array", index_beyond_a_local_array, 1, 64, "thread (48,0,0): out of bounds: index 4 of 'float [4]'"},
    {"misaligned_float4", misaligned_float4, 1, 8, "misaligned: writes 16 bytes at byte 20"},
    {"larger_than_the_launch_said", larger_than_the_launch_said, 1, 64, "uses 592 bytes of shared memory; its launch gave it 512", 512},
};
// clang-format on

}  // namespace

std::span<const test::CheckerCase> shared_memory_bugs() { return cases; }

void run_case(const test::CheckerCase& c, float* x, float* y, uint32_t* words, Stream& stream) {
  launch(c.name, c.kernel, {c.blocks}, {c.threads}, c.shared_bytes, stream, x, y, words);
}

}  // namespace graft::GRAFT_TARGET
