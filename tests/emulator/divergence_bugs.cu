#include "kernels/simt.h"
#include "tests/emulator/checker_cases.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  float a[64];
};
GRAFT_DEVICE Shared& shared() { return shared_memory<Shared>(); }
GRAFT_DEVICE int me() { return thread_index().x; }

GRAFT_KERNEL void returned_before_the_barrier(float* x, float* y, uint32_t*) {
  if (me() >= 50) return;
  shared().a[me()] = x[me()];
  block_barrier();
  y[me()] = shared().a[49 - me()];
}

GRAFT_KERNEL void barrier_for_some(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  if (me() < 32) block_barrier();
  y[me()] = shared().a[me()];
}

GRAFT_KERNEL void a_barrier_in_each_branch(float* x, float* y, uint32_t*) {
  shared().a[me()] = x[me()];
  if (me() % 2 == 0) {
    block_barrier();
    y[me()] = shared().a[63 - me()];
  } else {
    block_barrier();
    y[me()] = -shared().a[63 - me()];
  }
}

GRAFT_KERNEL void one_turn_more_for_some(float* x, float* y, uint32_t*) {
  float sum = 0;
  for (int turn = 0; turn < (me() == 7 ? 3 : 2); ++turn) {
    shared().a[me()] = x[turn * 64 + me()];
    block_barrier();
    sum += shared().a[63 - me()];
    block_barrier();
  }
  y[me()] = sum;
}

GRAFT_KERNEL void lane_left_before_a_shuffle(float* x, float* y, uint32_t*) {
  if (me() == 31) return;
  y[me()] = shuffle_xor(x[me()], 1);
}

GRAFT_KERNEL void shuffle_from_outside_the_mask(float* x, float* y, uint32_t*) {
  if (me() < 8) y[me()] = shuffle_xor(x[me()], 8, 0xffu);
}

GRAFT_KERNEL void not_in_its_own_mask(float* x, float* y, uint32_t*) {
  warp_barrier(0xffffu);
  y[me()] = x[me()];
}

GRAFT_KERNEL void shuffle_and_vote_meet(float* x, float* y, uint32_t*) {
  if (me() < 16)
    y[me()] = shuffle_xor(x[me()], 1);
  else
    y[me()] = static_cast<float>(warp_ballot(true));
}

GRAFT_KERNEL void part_of_a_warp_sums(float* x, float* y, uint32_t*) { y[me()] = warp_sum(x[me()]); }

// clang-format off
const test::CheckerCase cases[] = {
    {"returned_before_the_barrier", returned_before_the_barrier, 1, 64, "50 of 64 threads wait for ever, 14 have returned"},
    {"barrier_for_some", barrier_for_some, 1, 64, "is at the divergent block barrier of tests/emulator/divergence_bugs.cu:"},
    {"a_barrier_in_each_branch", a_barrier_in_each_branch, 1, 64, "thread (0,0,0) is at the barrier of tests/emulator/divergence_bugs.cu:"},
    {"one_turn_more_for_some", one_turn_more_for_some, 1, 64, "1 of 64 threads wait for ever, 63 have returned"},
    {"lane_left_before_a_shuffle", lane_left_before_a_shuffle, 1, 32, "31 of 32 threads wait for ever, 1 have returned"},
    {"shuffle_from_outside_the_mask", shuffle_from_outside_the_mask, 1, 32, "lane 0 takes a value from lane 8, which mask 0xff leaves out"},
    {"not_in_its_own_mask", not_in_its_own_mask, 1, 32, "lane 16 calls a warp operation whose mask 0xffff leaves it out"},
    {"shuffle_and_vote_meet", shuffle_and_vote_meet, 1, 32, "meet in different operations"},
    {"part_of_a_warp_sums", part_of_a_warp_sums, 1, 40, "warp operation with mask 0xffffffff"},
};
// clang-format on

}  // namespace

std::span<const test::CheckerCase> divergence_bugs() { return cases; }

}  // namespace graft::GRAFT_TARGET
