#pragma once

#include "kernels/simt.h"

// y(m, n) = sum over k of a(m, k) b(n, k), for operands that say themselves where an element lies: matrices,
// or the windows of a convolution that are never written out.
namespace graft::GRAFT_TARGET {

constexpr int tile_m = 64, tile_n = 64, tile_k = 16;  // of a block
constexpr int part_m = 4, part_n = 4;                 // of a thread
constexpr int product_threads = (tile_m / part_m) * (tile_n / part_n);
static_assert(product_threads == 256, "the loads below share a tile among 256 threads");

// Four columns more: lanes that write along k meet eight banks, and a thread's four neighbours are one
// aligned read.
constexpr int tile_pitch = 64 + 4;
struct alignas(16) TileProductShared {
  float a[tile_k][tile_pitch];
  float b[tile_k][tile_pitch];
};

// Loads rows [first, first + 64) of an operand for k in [k0, k0 + 16). A thread keeps to the same rows for
// all k, so what depends on the row alone is found once.
//   Operand::k_neighbours    elements along k lie side by side in memory (else those along the rows do)
//   Operand::row(i), Operand::depth(k)     decoded coordinates, also for indices beyond the end
//   Operand::at(row, depth)                the element, 0 beyond the end
template <class Operand>
class TileLoader {
 public:
  GRAFT_DEVICE TileLoader(const Operand& operand, int64_t first)
      : operand_(operand), thread_(linear_thread_index()) {
    GRAFT_UNROLL
    for (int i = 0; i < rows; ++i) rows_[i] = operand.row(first + row_in_tile(i));
  }

  GRAFT_DEVICE void load(int64_t k0, float (&tile)[tile_k][tile_pitch]) const {
    GRAFT_UNROLL
    for (int j = 0; j < depths; ++j) {
      const int k = depth_in_tile(j);
      const auto depth = operand_.depth(k0 + k);
      GRAFT_UNROLL
      for (int i = 0; i < rows; ++i) tile[k][row_in_tile(i)] = operand_.at(rows_[i], depth);
    }
  }

 private:
  static constexpr int rows = Operand::k_neighbours ? 4 : 1, depths = Operand::k_neighbours ? 1 : 4;
  static_assert(tile_m == tile_n && tile_m * tile_k == 4 * product_threads, "four elements a thread");

  GRAFT_DEVICE int row_in_tile(int i) const {
    return Operand::k_neighbours ? thread_ / tile_k + i * (product_threads / tile_k) : thread_ % tile_m;
  }
  GRAFT_DEVICE int depth_in_tile(int j) const {
    return Operand::k_neighbours ? thread_ % tile_k : thread_ / tile_m + j * (product_threads / tile_m);
  }

  const Operand& operand_;
  int thread_;
  typename Operand::Row rows_[rows];
};

// An operand that is a matrix in memory.
template <bool neighbours_along_k>
struct Matrix {
  static constexpr bool k_neighbours = neighbours_along_k;
  const float* data;
  int64_t rows, depth_end;
  int64_t step;  // elements between rows where those along k are neighbours, else between those along k

  struct Place {
    int64_t offset;
    bool inside;
  };
  using Row = Place;
  GRAFT_DEVICE Row row(int64_t i) const { return {k_neighbours ? i * step : i, i < rows}; }
  GRAFT_DEVICE Place depth(int64_t k) const { return {k_neighbours ? k : k * step, k < depth_end}; }
  GRAFT_DEVICE float at(const Place& row, const Place& depth) const {
    return row.inside && depth.inside ? data[row.offset + depth.offset] : 0.0f;
  }
};

// A block of 16 x 16 threads computes a tile of 64 x 64, each thread 4 x 4 of it: eight reads of shared
// memory for sixteen multiply-adds. k runs from k_begin to k_end in order, whatever the tile. store(m, n,
// sum) is called for all m, n of the tile.
template <class A, class B, class Store>
GRAFT_DEVICE void tile_product(TileProductShared& shared, const A& a, const B& b, int64_t m0, int64_t n0,
                               int64_t k_begin, int64_t k_end, const Store& store) {
  const TileLoader<A> load_a(a, m0);
  const TileLoader<B> load_b(b, n0);
  const Int3 t = thread_index();
  float sum[part_m][part_n] = {};
  for (int64_t k0 = k_begin; k0 < k_end; k0 += tile_k) {
    load_a.load(k0, shared.a);
    load_b.load(k0, shared.b);
    block_barrier();
    GRAFT_UNROLL
    for (int k = 0; k < tile_k; ++k) {
      float left[part_m], right[part_n];
      GRAFT_UNROLL
      for (int i = 0; i < part_m; ++i) left[i] = shared.a[k][t.y * part_m + i];
      GRAFT_UNROLL
      for (int j = 0; j < part_n; ++j) right[j] = shared.b[k][t.x * part_n + j];
      GRAFT_UNROLL
      for (int i = 0; i < part_m; ++i) {
        GRAFT_UNROLL
        for (int j = 0; j < part_n; ++j) sum[i][j] += left[i] * right[j];
      }
    }
    block_barrier();
  }
  GRAFT_UNROLL
  for (int i = 0; i < part_m; ++i) {
    GRAFT_UNROLL
    for (int j = 0; j < part_n; ++j) store(m0 + t.y * part_m + i, n0 + t.x * part_n + j, sum[i][j]);
  }
}

}  // namespace graft::GRAFT_TARGET
