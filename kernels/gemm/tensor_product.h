#pragma once

#include "kernels/gemm/slab.h"
#include "kernels/tensor_core.h"

namespace graft::GRAFT_TARGET {

// A slab for tensor cores: no room between its rows, its fours of floats change places instead (swizzled), so
// that neither copies nor fragments meet a bank twice.
template <bool along_depth, int rows>
struct TensorSlab;

// Neighbours along k: [rows][16]. Eight rows of one four are an ldmatrix: each pair of rows has its own place
// for it, and the two of a pair are half the banks apart.
template <int rows>
struct alignas(128) TensorSlab<true, rows> {
  float of[rows][step_k];

  GRAFT_DEVICE float* at(int row, int k) { return &of[row][(k / 4 ^ (row / 2 & 3)) * 4]; }
  GRAFT_DEVICE const float* at(int row, int k) const { return &of[row][(k / 4 ^ (row / 2 & 3)) * 4]; }

  template <int count>
  GRAFT_DEVICE void read(int row, int k, float (&a)[count][4]) const {
    const int lane = lane_index();
    load_matrices(a, at(row + lane % 16, k + lane / 16 * 4), 16 * step_k);
  }
  template <int count>
  GRAFT_DEVICE void read(int column, int k, float (&b)[count][2]) const {
    static_assert(count % 2 == 0, "an ldmatrix has both halves of k for two blocks of columns");
    const int lane = lane_index();
    float pairs[count / 2][4];
    load_matrices(pairs, at(column + lane / 16 * 8 + lane % 8, k + lane / 8 % 2 * 4), 16 * step_k);
    GRAFT_UNROLL
    for (int j = 0; j < count; ++j) {
      b[j][0] = pairs[j / 2][j % 2 * 2];
      b[j][1] = pairs[j / 2][j % 2 * 2 + 1];
    }
  }
};

// Neighbours along the rows: [16][rows]. The four k of a fragment keep their rows in four quarters of the
// banks.
template <int rows>
struct alignas(128) TensorSlab<false, rows> {
  float of[step_k][rows];

  GRAFT_DEVICE float* at(int row, int k) { return &of[k][row ^ (k & 3) << 3]; }
  GRAFT_DEVICE const float* at(int row, int k) const { return &of[k][row ^ (k & 3) << 3]; }

  template <int count>
  GRAFT_DEVICE void read(int row, int k, float (&a)[count][4]) const {
    const int g = lane_index() / 4, t = lane_index() % 4;
    GRAFT_UNROLL
    for (int i = 0; i < count; ++i) {
      GRAFT_UNROLL
      for (int e = 0; e < 4; ++e) a[i][e] = *at(row + 16 * i + e % 2 * 8 + g, k + e / 2 * 4 + t);
    }
  }
  template <int count>
  GRAFT_DEVICE void read(int column, int k, float (&b)[count][2]) const {
    const int g = lane_index() / 4, t = lane_index() % 4;
    GRAFT_UNROLL
    for (int j = 0; j < count; ++j) {
      GRAFT_UNROLL
      for (int e = 0; e < 2; ++e) b[j][e] = *at(column + 8 * j + g, k + e * 4 + t);
    }
  }
};

// The results of a warp on tensor cores, 64 x 32: for eight k it reads 96 rows of 8 and multiplies 16,384
// times. Operands are rounded to TF32 as they leave shared memory, to nearest; sums are float32.
// A block of 128 x 128 has 128 FLOPs for each float from beyond it: an H100's 494 TFLOP/s in TF32 would need
// 15 TB/s from its L2 cache, so that the cache is the limit here, and not the tensor cores.
template <class Tile>
class TensorProduct {
 public:
  GRAFT_DEVICE TensorProduct() : tile_{} {
    constexpr int warps_n = Tile::n / Warp::columns;
    static_assert(Tile::m / Warp::rows * warps_n * warp_size == Tile::threads, "a warp for each part");
    row_ = warp_index() / warps_n * Warp::rows;
    column_ = warp_index() % warps_n * Warp::columns;
  }

  template <class SlabA, class SlabB>
  GRAFT_DEVICE void multiply(const SlabA& slab_a, const SlabB& slab_b) {
    GRAFT_UNROLL
    for (int k = 0; k < step_k; k += 8) {
      slab_a.read(row_, k, tile_.a);
      slab_b.read(column_, k, tile_.b);
      round(tile_.a);
      round(tile_.b);
      multiply_add_tf32(tile_);
    }
  }

  // Two lanes exchange halves, so that each has four neighbours of one row.
  template <class Store>
  GRAFT_DEVICE void store(const Store& store) const {
    const int g = lane_index() / 4, t = lane_index() % 4, odd = t % 2;
    GRAFT_UNROLL
    for (int i = 0; i < Warp::rows / 16; ++i) {
      GRAFT_UNROLL
      for (int j = 0; j < Warp::columns / 8; ++j) {
        const float(&c)[4] = tile_.c[i][j];
        const float first = shuffle_xor(odd ? c[0] : c[2], 1), second = shuffle_xor(odd ? c[1] : c[3], 1);
        store(row_ + 16 * i + 8 * odd + g, column_ + 8 * j + t / 2 * 4,
              odd ? Float4{first, second, c[2], c[3]} : Float4{c[0], c[1], first, second});
      }
    }
  }

 private:
  using Warp = WarpTile<64, 32>;

  template <int count, int elements>
  GRAFT_DEVICE static void round(float (&fragments)[count][elements]) {
    GRAFT_UNROLL
    for (int i = 0; i < count; ++i) {
      GRAFT_UNROLL
      for (int e = 0; e < elements; ++e) fragments[i][e] = to_tf32(fragments[i][e]);
    }
  }

  Warp tile_;
  int row_, column_;
};

}  // namespace graft::GRAFT_TARGET
