#pragma once

#include "kernels/gemm/slab.h"

namespace graft::GRAFT_TARGET {

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

// The results of a thread on CUDA cores, 8 x 8: its rows are two fours half a tile apart, and so are its
// columns, so that reads meet no bank twice and results leave as 128-bit stores. For four k it reads 16
// vectors of 128 bits and multiplies 256 times.
template <class Tile>
class ThreadProduct {
 public:
  template <class SlabA, class SlabB>
  GRAFT_DEVICE void multiply(const SlabA& slab_a, const SlabB& slab_b) {
    GRAFT_NO_UNROLL  // 16 unrolled steps want more registers than 128, and gain nothing over four
        for (int k = 0; k < steps_of_slab<float>; k += 4) {
      Float4 a[2][4];
      GRAFT_UNROLL
      for (int half = 0; half < 2; ++half) slab_a.read(place_.row(half, 0), k, a[half]);
      GRAFT_UNROLL
      for (int half = 0; half < 2; ++half) {
        Float4 b[4];
        slab_b.read(place_.column(half), k, b);
        GRAFT_UNROLL
        for (int j = 0; j < 4; ++j) {
          GRAFT_UNROLL
          for (int i = 0; i < 2; ++i) {
            multiply_add(sums_[4 * i + 0][half], a[i][j].x, b[j]);
            multiply_add(sums_[4 * i + 1][half], a[i][j].y, b[j]);
            multiply_add(sums_[4 * i + 2][half], a[i][j].z, b[j]);
            multiply_add(sums_[4 * i + 3][half], a[i][j].w, b[j]);
          }
        }
      }
    }
  }

  template <class Store>
  GRAFT_DEVICE void store(const Store& store) const {
    GRAFT_UNROLL
    for (int i = 0; i < 8; ++i) {
      GRAFT_UNROLL
      for (int half = 0; half < 2; ++half)
        store(place_.row(i / 4, i % 4), place_.column(half), sums_[i][half]);
    }
  }

 private:
  ThreadPlace<Tile> place_;
  Float4 sums_[8][2] = {};  // 8 rows by two fours of columns
};

}  // namespace graft::GRAFT_TARGET
