#include "kernels/simt.h"
#include "kernels/vector.h"
#include "tests/emulator/checker_cases.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  float a[64];
  bool last;
};
GRAFT_DEVICE Shared& shared() { return shared_memory<Shared>(); }
GRAFT_DEVICE int me() { return thread_index().x; }
GRAFT_DEVICE int block() { return block_index().x; }
GRAFT_DEVICE int everybody() { return block() * block_size().x + me(); }

GRAFT_KERNEL void two_blocks_one_address(float* x, float* y, uint32_t*) {
  if (me() == 0) y[0] = x[block()];
}

GRAFT_KERNEL void blocks_overlap_by_one(float* x, float* y, uint32_t*) {
  const int i = block() * 63 + me();
  y[i] = x[i];
}

GRAFT_KERNEL void reads_what_another_block_wrote(float* x, float* y, uint32_t*) {
  y[everybody()] = x[everybody()];
  if (block() == 1) x[everybody()] = y[me()];
}

GRAFT_KERNEL void neighbours_in_place(float* x, float*, uint32_t*) {
  x[everybody()] = x[everybody()] + x[everybody() + 64];
}

GRAFT_KERNEL void plain_sum_over_blocks(float* x, float*, uint32_t*) {
  if (me() == 0) x[512] += x[block()];
}

GRAFT_KERNEL void plain_counter(float*, float*, uint32_t* words) { words[0] += 1; }

GRAFT_KERNEL void counted_before_written(float* x, float* y, uint32_t* finished) {
  if (me() != 0) return;
  const bool last = atomic_add(finished, 1) == static_cast<uint32_t>(grid_size().x) - 1;
  y[block()] = x[block()];
  if (last)
    for (int i = 0; i < grid_size().x; ++i) x[512] += y[i];
}

// Only lane 0 has acquired; a shuffle tells the others that all is there, but does not make it seen.
GRAFT_KERNEL void last_block_without_a_barrier(float* x, float* y, uint32_t* finished) {
  if (me() == 0) y[block()] = x[block()];
  const uint32_t before = me() == 0 ? atomic_add(finished, 1) : 0;
  if (shuffle(before, 0) != static_cast<uint32_t>(grid_size().x) - 1) return;
  if (me() < grid_size().x) x[512 + me()] = y[me()];
}

GRAFT_KERNEL void counted_before_the_others_wrote(float* x, float* y, uint32_t* finished) {
  y[everybody()] = x[everybody()];
  if (me() == 0) shared().last = atomic_add(finished, 1) == static_cast<uint32_t>(grid_size().x) - 1;
  block_barrier();  // one is missing in front of the atomic
  if (!shared().last) return;
  for (int i = 0; i < grid_size().x; ++i) x[512 + me()] += y[i * 64 + 63 - me()];
}

GRAFT_KERNEL void plain_read_of_a_counter(float* x, float*, uint32_t* words) {
  atomic_add(words, 1);
  x[everybody()] = static_cast<float>(words[0]);
}

GRAFT_KERNEL void flag_not_looked_at(float* x, float* y, uint32_t* flag) {
  if (me() != 0) return;
  if (block() == 0) {
    y[0] = x[0];
    atomic_store(flag, 1);
  } else {
    y[1] = y[0];
  }
}

GRAFT_KERNEL void another_flag_looked_at(float* x, float* y, uint32_t* flags) {
  if (me() != 0) return;
  if (block() == 0) {
    y[0] = x[0];
    atomic_store(&flags[0], 1);
  } else if (atomic_load(&flags[1]) == 0) {
    y[1] = y[0];
  }
}

GRAFT_KERNEL void missing_barrier_in_global_memory(float* x, float* y, uint32_t*) {
  y[me()] = x[me()];
  if (me() > 0) x[me()] = y[me() - 1];
}

GRAFT_KERNEL void neighbouring_bytes_as_words(float* x, float*, uint32_t*) {
  unsigned char* bytes = reinterpret_cast<unsigned char*>(x);
  if (block() == 0)
    bytes[me()] = 1;
  else
    *reinterpret_cast<uint32_t*>(bytes + me() * 4) = 2;
}

GRAFT_KERNEL void unwritten_output(float*, float* y, uint32_t*) { y[me()] += 1; }

GRAFT_KERNEL void reads_beyond_the_end(float* x, float* y, uint32_t*) { y[me()] = x[1024 - 63 + me()]; }

GRAFT_KERNEL void writes_beyond_the_end(float* x, float* y, uint32_t*) { y[1024 - 63 + me()] = x[me()]; }

GRAFT_KERNEL void reads_in_front(float* x, float* y, uint32_t*) { y[me()] = x[me() - 1]; }

GRAFT_KERNEL void last_block_not_guarded(float* x, float* y, uint32_t*) { y[everybody()] = x[everybody()]; }

GRAFT_KERNEL void float4_over_the_end(float* x, float* y, uint32_t*) {
  const Float4 v = load4(x + 1024 - 60 + me() * 4);
  y[me()] = v.x + v.w;
}

GRAFT_KERNEL void null_pointer(float* x, float*, uint32_t* words) {
  const float* nothing = words[0] == 0 ? nullptr : x;
  x[me()] = nothing[me()];
}

GRAFT_KERNEL void counter_beyond_the_end(float*, float*, uint32_t* words) { atomic_add(words + 64, 1); }

GRAFT_KERNEL void misaligned_float4(float* x, float* y, uint32_t*) { y[me()] = load4(x + me()).y; }

GRAFT_KERNEL void misaligned_double(float* x, float* y, uint32_t*) {
  y[me()] = static_cast<float>(*reinterpret_cast<const double*>(x + 1 + me()));
}

// Of a neighbour's stack: local variables are nobody else's.
GRAFT_KERNEL void another_threads_local(float*, float* y, uint32_t*) {
  float mine[2] = {static_cast<float>(me()), 1};
  const uint64_t theirs = shuffle(reinterpret_cast<uint64_t>(mine), me() ^ 1);
  y[me()] = reinterpret_cast<const float*>(theirs)[me() % 2];
}

// clang-format off
const test::CheckerCase cases[] = {
    {"two_blocks_one_address", two_blocks_one_address, 4, 32, "race: writes 4 bytes at byte 0 of an allocation of 4096 bytes, written by thread (0,0,0) of block (0,0,0)"},
    {"blocks_overlap_by_one", blocks_overlap_by_one, 4, 64, "race: writes 4 bytes at byte 252 of an allocation of 4096 bytes, written by thread (63,0,0) of block (0,0,0)"},
    {"reads_what_another_block_wrote", reads_what_another_block_wrote, 2, 64, "race: reads"},
    {"neighbours_in_place", neighbours_in_place, 4, 64, "race: writes 4 bytes at byte 256 of an allocation of 4096 bytes, read by several blocks, among them thread (0,0,0) of block (0,0,0)"},
    {"plain_sum_over_blocks", plain_sum_over_blocks, 3, 32, "race: reads"},
    {"plain_counter", plain_counter, 1, 32, "race: reads"},
    {"counted_before_written", counted_before_written, 4, 32, "race: reads"},
    {"last_block_without_a_barrier", last_block_without_a_barrier, 4, 32, "race: reads"},
    {"counted_before_the_others_wrote", counted_before_the_others_wrote, 3, 64, "race: reads"},
    {"plain_read_of_a_counter", plain_read_of_a_counter, 2, 1, "race: writes 4 bytes"},
    {"flag_not_looked_at", flag_not_looked_at, 2, 32, "race: reads"},
    {"another_flag_looked_at", another_flag_looked_at, 2, 32, "race: reads"},
    {"missing_barrier_in_global_memory", missing_barrier_in_global_memory, 1, 64, "race: reads"},
    {"neighbouring_bytes_as_words", neighbouring_bytes_as_words, 2, 8, "race: writes 1 byte at byte 0 of an allocation"},
    {"unwritten_output", unwritten_output, 1, 64, "unwritten: reads 4 bytes at byte 0 of an allocation of 4096 bytes"},
    {"reads_beyond_the_end", reads_beyond_the_end, 1, 64, "out of bounds: reads 4 bytes at byte 4096 of an allocation of 4096 bytes"},
    {"writes_beyond_the_end", writes_beyond_the_end, 1, 64, "out of bounds: writes 4 bytes at byte 4096 of an allocation of 4096 bytes"},
    {"reads_in_front", reads_in_front, 1, 64, "thread (0,0,0), tests/emulator/global_memory_bugs.cu:"},
    {"last_block_not_guarded", last_block_not_guarded, 11, 100, "block (10,0,0), thread (24,0,0)"},
    {"float4_over_the_end", float4_over_the_end, 1, 16, "out of bounds: reads 4 bytes at byte 4096"},
    {"null_pointer", null_pointer, 1, 32, "out of bounds: reads 4 bytes at address 0x0, which is not the device's"},
    {"counter_beyond_the_end", counter_beyond_the_end, 1, 32, "out of bounds"},
    {"misaligned_float4", misaligned_float4, 1, 32, "thread (1,0,0), tests/emulator/global_memory_bugs.cu:"},
    {"misaligned_double", misaligned_double, 1, 32, "misaligned: reads 8 bytes at byte 4"},
    {"another_threads_local", another_threads_local, 1, 32, "which is not the device's"},
};
// clang-format on

}  // namespace

std::span<const test::CheckerCase> global_memory_bugs() { return cases; }

}  // namespace graft::GRAFT_TARGET
