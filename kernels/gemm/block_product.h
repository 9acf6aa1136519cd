#pragma once

#include "kernels/gemm/slab.h"

// y(m, n) = sum over k of a(m, k) b(n, k) on CUDA cores, for operands that say themselves where four
// neighbours lie: matrices, or the windows of a convolution that are never written out.
//
// A thread computes 8 x 8 results: for four k it reads 16 vectors of 128 bits and multiplies 256 times. Its
// rows are two fours half a tile apart, and so are its columns: reads meet no bank twice, results leave as
// 128-bit stores. The slabs of the next two steps are on their way (cp.async) while one is multiplied, and
// with three of them one barrier a step is enough.
//
// Tile 128 x 128: 256 threads, 128 FLOPs for each float that comes from beyond the block. 128 x 64: 128
// threads, 85 FLOPs, where coordinates need registers. 64 x 64: 64 threads, 64 FLOPs, for small results.
// 128 x 32: 64 threads, 51 FLOPs, for few columns, where a wider tile would multiply zeros.
namespace graft::GRAFT_TARGET {

template <int rows, int columns>
struct Tile {
  static constexpr int m = rows, n = columns, threads = m / 8 * (n / 8);
  // Of a multiprocessor: 16 warps of 128 registers a thread, or 12 of 168.
  static constexpr int blocks = threads == 256 ? 2 : 384 / threads;
  static_assert(m % 32 == 0 && n % 32 == 0 && threads % warp_size == 0, "whole warps of 8 x 8 results");
};

constexpr int slab_stages = 3;

// How many steps a part of the sum has: the last may have fewer, or none.
GRAFT_DEVICE int steps_of_block(int steps, int first_step, int steps_of_part) {
  return steps - first_step < steps_of_part ? steps - first_step : steps_of_part;
}

template <class Tile, class A, class B>
struct BlockProductShared {
  Slab<A::along_depth, Tile::m> a[slab_stages];
  Slab<B::along_depth, Tile::n> b[slab_stages];
};

// Where a thread stands in the tile. A warp covers four fours of rows by eight of columns; lanes 0, 1 share
// rows and lanes 0, 2 columns, so that half a warp's 128-bit read is one pass over the banks.
template <class Tile>
struct ThreadPlace {
  int row4, column4;  // of the fours in half a tile

  GRAFT_DEVICE ThreadPlace() {
    constexpr int warps_n = Tile::n / 64 > 0 ? Tile::n / 64 : 1, lanes_n = Tile::n >= 64 ? 8 : 4;
    const int lane = lane_index(), warp = warp_index();
    const int lane_n = (lane & 1) | (lane >> 1 & 2) | (lanes_n == 8 ? lane >> 1 & 4 : 0);
    const int lane_m = (lane >> 1 & 1) | (lane >> 3 & 2) | (lanes_n == 4 ? lane >> 1 & 4 : 0);
    row4 = warp / warps_n * (warp_size / lanes_n) + lane_m;
    column4 = warp % warps_n * lanes_n + lane_n;
  }
  GRAFT_DEVICE int row(int half, int i) const { return half * (Tile::m / 2) + 4 * row4 + i; }
  GRAFT_DEVICE int column(int half) const { return half * (Tile::n / 2) + 4 * column4; }
};

using BlockSums = Float4[8][2];  // 8 rows by two fours of columns

template <class SlabA, class SlabB, class Place>
GRAFT_DEVICE void multiply_slabs(const SlabA& slab_a, const SlabB& slab_b, const Place& place,
                                 BlockSums& sums) {
  GRAFT_NO_UNROLL  // 16 unrolled steps want more registers than 128, and gain nothing over four
      for (int k = 0; k < step_k; k += 4) {
    Float4 a[2][4];
    GRAFT_UNROLL
    for (int half = 0; half < 2; ++half) slab_a.read(place.row(half, 0), k, a[half]);
    GRAFT_UNROLL
    for (int half = 0; half < 2; ++half) {
      Float4 b[4];
      slab_b.read(place.column(half), k, b);
      GRAFT_UNROLL
      for (int j = 0; j < 4; ++j) {
        GRAFT_UNROLL
        for (int i = 0; i < 2; ++i) {
          multiply_add(sums[4 * i + 0][half], a[i][j].x, b[j]);
          multiply_add(sums[4 * i + 1][half], a[i][j].y, b[j]);
          multiply_add(sums[4 * i + 2][half], a[i][j].z, b[j]);
          multiply_add(sums[4 * i + 3][half], a[i][j].w, b[j]);
        }
      }
    }
  }
}

// Sums over `steps` times 16; operands begin at the tile and at the sum's first step, and are zero beyond
// their end. store(row, column, four) is called for all of the tile, column a multiple of four.
template <class Tile, class A, class B, class Store>
GRAFT_DEVICE void block_product(BlockProductShared<Tile, A, B>& shared, const A& a, const B& b, int steps,
                                const Store& store) {
  SlabLoader<A, Tile::m, Tile::threads> load_a(a);
  SlabLoader<B, Tile::n, Tile::threads> load_b(b);
  const ThreadPlace<Tile> place;
  const auto fetch = [&](bool wanted, int stage) {
    if (wanted) {
      load_a.fetch(shared.a[stage]);
      load_b.fetch(shared.b[stage]);
    }
    async_commit();  // empty groups too: the count of pending ones stays true
  };
  fetch(steps > 0, 0);
  fetch(steps > 1, 1);

  BlockSums sums = {};
  for (int stage = 0; steps > 0; --steps) {
    async_wait<slab_stages - 2>();
    block_barrier();  // all see this step's slabs, and nobody reads those of the step before any more
    fetch(steps > 2, stage == 0 ? 2 : stage - 1);
    multiply_slabs(shared.a[stage], shared.b[stage], place, sums);
    stage = stage == 2 ? 0 : stage + 1;
  }
  GRAFT_UNROLL
  for (int i = 0; i < 8; ++i) {
    GRAFT_UNROLL
    for (int half = 0; half < 2; ++half) store(place.row(i / 4, i % 4), place.column(half), sums[i][half]);
  }
}

}  // namespace graft::GRAFT_TARGET
