#include "kernels/async_copy.h"
#include "kernels/simt.h"
#include "tests/emulator/checker_cases.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  alignas(16) float tile[3][64];
};
GRAFT_DEVICE Shared& shared() { return shared_memory<Shared>(); }
GRAFT_DEVICE int me() { return thread_index().x; }

// Sixteen threads copy a tile of 64 for all.
GRAFT_DEVICE void fetch(const float* x, int tile, int buffer) {
  if (me() < 16) async_copy<16>(&shared().tile[buffer][me() * 4], x + tile * 64 + me() * 4);
  async_commit();
}

GRAFT_KERNEL void read_before_the_wait(float* x, float* y, uint32_t*) {
  fetch(x, 0, 0);
  block_barrier();
  y[me()] = shared().tile[0][me()];
  async_wait<0>();
}

GRAFT_KERNEL void written_before_the_wait(float* x, float*, uint32_t*) {
  fetch(x, 0, 0);
  shared().tile[0][me()] = 0;
  async_wait<0>();
}

GRAFT_KERNEL void two_copies_to_one_place(float* x, float*, uint32_t*) {
  fetch(x, 0, 0);
  fetch(x, 1, 0);
  async_wait<0>();
}

GRAFT_KERNEL void no_barrier_after_the_wait(float* x, float* y, uint32_t*) {
  fetch(x, 0, 0);
  async_wait<0>();
  y[me()] = shared().tile[0][me()];
}

GRAFT_KERNEL void barrier_in_front_of_the_wait(float* x, float* y, uint32_t*) {
  fetch(x, 0, 0);
  block_barrier();
  async_wait<0>();
  y[me()] = shared().tile[0][me()];
}

GRAFT_KERNEL void waits_for_one_group_too_few(float* x, float* y, uint32_t*) {
  fetch(x, 0, 0);
  fetch(x, 1, 1);
  async_wait<1>();
  block_barrier();
  y[me()] = shared().tile[1][me()];
}

GRAFT_KERNEL void waits_without_a_commit(float* x, float* y, uint32_t*) {
  async_copy<4>(&shared().tile[0][me()], x + me());
  async_wait<0>();
  y[me()] = shared().tile[0][me()];
}

GRAFT_KERNEL void one_buffer_refilled(float* x, float* y, uint32_t*) {
  float sum = 0;
  for (int tile = 0; tile < 4; ++tile) {
    fetch(x, tile, 0);
    async_wait<0>();
    block_barrier();
    sum += shared().tile[0][me()];  // and no barrier before the next copy
  }
  y[me()] = sum;
}

GRAFT_KERNEL void two_buffers_where_three_are_needed(float* x, float* y, uint32_t*) {
  float sum = 0;
  fetch(x, 0, 0);
  for (int tile = 0; tile < 4; ++tile) {
    fetch(x, tile + 1, (tile + 1) % 2);
    async_wait<1>();
    block_barrier();  // the only one: the next turn's copy meets this turn's readers
    sum += shared().tile[tile % 2][me()];
  }
  async_wait<0>();
  y[me()] = sum;
}

GRAFT_KERNEL void source_overwritten(float* x, float*, uint32_t*) {
  async_copy<4>(&shared().tile[0][me()], x + me());
  async_commit();
  x[63 - me()] = 0;
  async_wait<0>();
}

GRAFT_KERNEL void misaligned_source(float* x, float*, uint32_t*) {
  async_copy<16>(&shared().tile[0][me() * 4], x + 1 + me() * 4);
}

GRAFT_KERNEL void misaligned_destination(float* x, float*, uint32_t*) {
  async_copy<8>(&shared().tile[0][1 + me() * 2], x + me() * 2);
}

GRAFT_KERNEL void source_beyond_the_end(float* x, float*, uint32_t*) {
  async_copy<4>(&shared().tile[0][me()], x + test::case_floats - 63 + me());
}

GRAFT_KERNEL void destination_beyond_the_struct(float* x, float*, uint32_t*) {
  float* tile = shared().tile[0];
  async_copy<4>(tile + 3 * 64 - 63 + me(), x + me());
}

GRAFT_KERNEL void destination_in_global_memory(float* x, float* y, uint32_t*) {
  async_copy<4>(y + me(), x + me());
  shared().tile[0][me()] = 0;
}

// clang-format off
const test::CheckerCase cases[] = {
    {"read_before_the_wait", read_before_the_wait, 1, 64, "copy in flight: reads 4 bytes at byte 252 of a shared struct of 768 bytes, issued by thread (15,0,0)"},
    {"written_before_the_wait", written_before_the_wait, 1, 64, "copy in flight: writes"},
    {"two_copies_to_one_place", two_copies_to_one_place, 1, 64, "copy in flight: writes"},
    {"no_barrier_after_the_wait", no_barrier_after_the_wait, 1, 64, "race: reads 4 bytes at byte 4 of a shared struct of 768 bytes, written by thread (0,0,0)"},
    {"barrier_in_front_of_the_wait", barrier_in_front_of_the_wait, 1, 64, "tests/emulator/asynchronous_bugs.cu:"},
    {"waits_for_one_group_too_few", waits_for_one_group_too_few, 1, 64, "copy in flight: reads"},
    {"waits_without_a_commit", waits_without_a_commit, 1, 64, "copy in flight: reads"},
    {"one_buffer_refilled", one_buffer_refilled, 1, 64, "race: "},
    {"two_buffers_where_three_are_needed", two_buffers_where_three_are_needed, 1, 64, "copy in flight: reads"},
    {"source_overwritten", source_overwritten, 1, 64, "race"},
    {"misaligned_source", misaligned_source, 1, 8, "misaligned: reads 16 bytes at byte 4 of an allocation"},
    {"misaligned_destination", misaligned_destination, 1, 8, "misaligned: writes 8 bytes at byte 4 of a shared struct"},
    {"source_beyond_the_end", source_beyond_the_end, 1, 64, "out of bounds: reads 4 bytes at byte 4096 of an allocation of 4096 bytes"},
    {"destination_beyond_the_struct", destination_beyond_the_struct, 1, 64, "out of bounds: writes 4 bytes at byte 768"},
    {"destination_in_global_memory", destination_in_global_memory, 1, 64, "out of bounds: writes 4 bytes"},
};
// clang-format on

}  // namespace

std::span<const test::CheckerCase> asynchronous_bugs() { return cases; }

}  // namespace graft::GRAFT_TARGET
