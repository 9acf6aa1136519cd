#include "kernels/async_copy.h"
#include "kernels/simt.h"
#include "kernels/vector.h"
#include "tests/emulator/checker_cases.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  alignas(16) float a[1024];
};
GRAFT_DEVICE Shared& shared() { return shared_memory<Shared>(); }
GRAFT_DEVICE int me() { return thread_index().x; }

GRAFT_KERNEL void neighbours(float* x, float* y, uint32_t*) { y[me()] = x[me()]; }
GRAFT_KERNEL void every_eighth(float* x, float* y, uint32_t*) { y[me()] = x[me() * 8]; }
GRAFT_KERNEL void all_read_one(float* x, float* y, uint32_t*) { y[me()] = x[0]; }
GRAFT_KERNEL void not_aligned_to_a_sector(float* x, float* y, uint32_t*) { y[me()] = x[me() + 1]; }
GRAFT_KERNEL void row_of_shared(float*, float*, uint32_t*) { shared().a[me()] = 1; }
GRAFT_KERNEL void column_of_shared(float*, float*, uint32_t*) { shared().a[me() * 32] = 1; }
GRAFT_KERNEL void every_second_of_shared(float*, float*, uint32_t*) { shared().a[me() * 2] = 1; }
GRAFT_KERNEL void float4_row_of_shared(float*, float*, uint32_t*) { store4(&shared().a[me() * 4], {}); }
GRAFT_KERNEL void every_second_float4(float*, float*, uint32_t*) { store4(&shared().a[me() * 8], {}); }
GRAFT_KERNEL void float4_of_global(float* x, float* y, uint32_t*) {
  store4(y + me() * 4, load4(x + me() * 4));
}
GRAFT_KERNEL void broadcast_from_shared(float*, float* y, uint32_t*) {
  if (me() == 0) shared().a[0] = 1;
  block_barrier();
  y[me()] = shared().a[0];
}
GRAFT_KERNEL void turns_of_a_loop(float*, float*, uint32_t*) {
  for (int turn = 0; turn < 3; ++turn) shared().a[turn * 256 + me() * (turn + 1)] = 1;
}
GRAFT_KERNEL void asynchronous_row(float* x, float*, uint32_t*) {
  async_copy<16>(&shared().a[me() * 4], x + me() * 4);
  async_commit();
  async_wait<0>();
}

// Requests, wavefronts or sectors, the ideal: shared, then global.
const test::CountedCase cases[] = {
    {{"neighbours", neighbours, 1, 32, ""}, {}, {2, 8, 8}},
    {{"every_eighth", every_eighth, 1, 32, ""}, {}, {2, 36, 8}},
    {{"all_read_one", all_read_one, 1, 32, ""}, {}, {2, 5, 5}},
    {{"not_aligned_to_a_sector", not_aligned_to_a_sector, 1, 32, ""}, {}, {2, 9, 8}},
    {{"row_of_shared", row_of_shared, 1, 32, ""}, {1, 1, 1}, {}},
    {{"column_of_shared", column_of_shared, 1, 32, ""}, {1, 32, 1}, {}},
    {{"every_second_of_shared", every_second_of_shared, 1, 32, ""}, {1, 2, 1}, {}},
    {{"float4_row_of_shared", float4_row_of_shared, 1, 32, ""}, {1, 4, 4}, {}},
    {{"every_second_float4", every_second_float4, 1, 32, ""}, {1, 8, 4}, {}},
    {{"float4_of_global", float4_of_global, 1, 32, ""}, {}, {2, 32, 32}},
    {{"broadcast_from_shared", broadcast_from_shared, 1, 32, ""}, {2, 2, 2}, {1, 4, 4}},
    {{"turns_of_a_loop", turns_of_a_loop, 1, 32, ""}, {3, 4, 3}, {}},
    {{"asynchronous_row", asynchronous_row, 1, 32, ""}, {1, 4, 4}, {1, 16, 16}},
};

}  // namespace

std::span<const test::CountedCase> counted_kernels() { return cases; }

}  // namespace graft::GRAFT_TARGET
