#pragma once

#include <cstdint>

#include "engine/device.h"
#include "kernels/launch_size.h"
#include "kernels/targets.h"

// Small kernels that use what simt.h offers; the last four misuse it.
GRAFT_FOR_EACH_TARGET(
    void vector_add(const float* a, const float* b, float* sum, int64_t count, Stream& stream);
    void block_sums(const float* x, float* sums, int64_t count, Stream& stream);  // 256 values a block
    void transpose(const float* in, float* out, int rows, int columns, Stream& stream);
    void warp_sums(const float* x, float* sums, float* largest, int warps,
                   Stream& stream);                                                       // 32 values a warp
    void half_warp_exchange(const int* x, int* out, int* high_votes, Stream& stream);     // one warp
    void shuffle_patterns(const int* x, int* up, int* down, int* first, Stream& stream);  // one warp
    void pair_chain(const int* x, int* out, Stream& stream);                              // one warp
    void group_sums(const double* x, double* sums, int threads, Stream& stream);          // groups of 8
    void who_am_i(int* thread, int* block, GridSize grid, BlockSize size, Stream& stream);  // x y z each
    void unwritten_shared(float* out, uint64_t shared_bytes, Stream& stream);               // one block of 64
    void fill_shared(float* out, Stream& stream);                                           // 3 blocks of 64
    // The last of `blocks` blocks of 64 adds all their sums in order; *finished starts and ends as 0.
    void last_block_sum(const float* x, float* sums, uint32_t* finished, float* sum, int blocks,
                        Stream& stream);
    // One block of 64: y[i] = the sum of x[i + 64 * tile] over the tiles, which come through two buffers.
    void staged_sums(const float* x, float* y, int tiles, int count, Stream& stream);

    void early_return_before_barrier(const float* x, float* y, int count, Stream& stream);
    void lane_left_out(int* out, Stream& stream); void value_from_outside_the_mask(int* out, Stream& stream);
    void lanes_in_different_operations(int* out, Stream& stream);)
