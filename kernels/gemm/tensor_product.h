#pragma once

#include "kernels/gemm/slab.h"
#include "kernels/tensor_core.h"

namespace graft::GRAFT_TARGET {

// An ldmatrix has both halves of a step for two blocks of columns.
template <int count>
GRAFT_DEVICE void split_pairs(const uint32_t (&pairs)[count / 2][4], uint32_t (&b)[count][2]) {
  static_assert(count % 2 == 0, "two blocks of columns each");
  GRAFT_UNROLL
  for (int j = 0; j < count; ++j) {
    b[j][0] = pairs[j / 2][j % 2 * 2];
    b[j][1] = pairs[j / 2][j % 2 * 2 + 1];
  }
}

// A slab for tensor cores: no room between its rows, its pieces change places instead (swizzled), so that
// neither copies nor fragments meet a bank twice.
template <class Element, bool along_depth, int rows>
struct TensorSlab;

// Neighbours along k: [rows][64 bytes]. Eight rows of one piece are a matrix of an ldmatrix: each pair of
// rows has its own place for it, and the two of a pair are half the banks apart.
template <class Element, int rows>
struct alignas(128) TensorSlab<Element, true, rows> {
  static constexpr int steps = steps_of_slab<Element>;
  Element of[rows][steps];

  GRAFT_DEVICE Element* at(int row, int k) { return &of[row][place(row, k)]; }
  GRAFT_DEVICE const Element* at(int row, int k) const { return &of[row][place(row, k)]; }

  template <int count>
  GRAFT_DEVICE void read(int row, int k, uint32_t (&a)[count][4]) const {
    const int lane = lane_index();
    load_matrices(a, at(row + lane % 16, k + lane / 16 * piece<Element>), 16 * 64);
  }
  template <int count>
  GRAFT_DEVICE void read(int column, int k, uint32_t (&b)[count][2]) const {
    const int lane = lane_index();
    uint32_t pairs[count / 2][4];
    load_matrices(pairs, at(column + lane / 16 * 8 + lane % 8, k + lane / 8 % 2 * piece<Element>), 16 * 64);
    split_pairs(pairs, b);
  }

 private:
  GRAFT_DEVICE static int place(int row, int k) {
    return (k / piece<Element> ^ (row / 2 & 3)) * piece<Element>;
  }
};

// Neighbours along the rows: [16][rows]. The four k of a fragment keep their rows in four quarters of the
// banks.
template <int rows>
struct alignas(128) TensorSlab<float, false, rows> {
  float of[steps_of_slab<float>][rows];

  GRAFT_DEVICE float* at(int row, int k) { return &of[k][row ^ (k & 3) << 3]; }
  GRAFT_DEVICE const float* at(int row, int k) const { return &of[k][row ^ (k & 3) << 3]; }

  template <int count>
  GRAFT_DEVICE void read(int row, int k, uint32_t (&a)[count][4]) const {
    const int g = lane_index() / 4, t = lane_index() % 4;
    GRAFT_UNROLL
    for (int i = 0; i < count; ++i) {
      GRAFT_UNROLL
      for (int e = 0; e < 4; ++e) a[i][e] = word(row + 16 * i + e % 2 * 8 + g, k + e / 2 * 4 + t);
    }
  }
  template <int count>
  GRAFT_DEVICE void read(int column, int k, uint32_t (&b)[count][2]) const {
    const int g = lane_index() / 4, t = lane_index() % 4;
    GRAFT_UNROLL
    for (int j = 0; j < count; ++j) {
      GRAFT_UNROLL
      for (int e = 0; e < 2; ++e) b[j][e] = word(column + 8 * j + g, k + e * 4 + t);
    }
  }

 private:
  GRAFT_DEVICE uint32_t word(int row, int k) const { return *reinterpret_cast<const uint32_t*>(at(row, k)); }
};

// Neighbours along the rows, in 16 bits: [32][rows]. Fragments have their neighbours along k, so ldmatrix
// turns its matrices on the way. The eight k of a matrix keep one piece in eight places of the banks.
template <int rows>
struct alignas(128) TensorSlab<bfloat16, false, rows> {
  bfloat16 of[steps_of_slab<bfloat16>][rows];

  GRAFT_DEVICE bfloat16* at(int row, int k) { return &of[k][place(row, k)]; }
  GRAFT_DEVICE const bfloat16* at(int row, int k) const { return &of[k][place(row, k)]; }

  template <int count>
  GRAFT_DEVICE void read(int row, int k, uint32_t (&a)[count][4]) const {
    const int lane = lane_index();
    load(row + lane / 8 % 2 * 8, k + lane / 16 * 8 + lane % 8, a);
  }
  template <int count>
  GRAFT_DEVICE void read(int column, int k, uint32_t (&b)[count][2]) const {
    const int lane = lane_index();
    uint32_t pairs[count / 2][4];
    load(column + lane / 16 * 8, k + lane % 16, pairs);
    split_pairs(pairs, b);
  }

 private:
  // A line of the banks has one k of 64 rows, or two of 32.
  GRAFT_DEVICE static int place(int row, int k) { return (row / 8 ^ (rows >= 64 ? k & 7 : k / 2 & 3)) * 8; }
  template <int count>
  GRAFT_DEVICE void load(int row, int k, uint32_t (&out)[count][4]) const {
    const bfloat16* shown[count];
    GRAFT_UNROLL
    for (int i = 0; i < count; ++i) shown[i] = at(row + 16 * i, k);
    load_transposed(out, shown);
  }
};

// The results of a warp on tensor cores, 64 x 32: for 32 bytes of k it reads 96 rows, and multiplies 16,384
// times in TF32, twice as often in bfloat16. Operands are rounded to TF32 as they leave shared memory, to
// nearest; those in bfloat16 are what they are. Sums are float32.
// A block of 128 x 128 has 128 FLOPs for each float from beyond it: an H100's 494 TFLOP/s in TF32 would need
// 15 TB/s from its L2 cache, so that the cache is the limit here, and not the tensor cores. So it is in
// bfloat16, with twice the FLOPs for half the bytes.
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
    for (int k = 0; k < steps_of_slab<Element>; k += steps_of_product<Element>) {
      slab_a.read(row_, k, tile_.a);
      slab_b.read(column_, k, tile_.b);
      if constexpr (std::is_same_v<Element, float>) {
        round(tile_.a);
        round(tile_.b);
      }
      multiply_add<Element>(tile_);
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
  using Element = typename Tile::Element;

  template <int count, int elements>
  GRAFT_DEVICE static void round(uint32_t (&fragments)[count][elements]) {
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
