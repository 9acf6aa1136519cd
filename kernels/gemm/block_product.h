#pragma once

#include "kernels/gemm/product_plan.h"
#include "kernels/gemm/slab.h"
#include "kernels/gemm/tensor_product.h"
#include "kernels/gemm/thread_product.h"
#include "kernels/half_vector.h"

// y(m, n) = sum over k of a(m, k) b(n, k), for operands that say themselves where four neighbours lie:
// matrices, or the windows of a convolution that are never written out. The tile says what multiplies: the
// CUDA cores, thread by thread, or the tensor cores, warp by warp.
//
// The slabs of the next two steps are on their way (cp.async) while one is multiplied, and with three of them
// one barrier a step is enough.
//
// Tile 128 x 128: 256 threads, 128 FLOPs for each float that comes from beyond the block. 128 x 64: 128
// threads, 85 FLOPs, where coordinates need registers. 64 x 64: 64 threads, 64 FLOPs, for small results.
// 128 x 32: 64 threads, 51 FLOPs, for few columns, where a wider tile would multiply zeros.
namespace graft::GRAFT_TARGET {

template <int rows, int columns>
struct TileSize {
  static constexpr int m = rows, n = columns, threads = m / 8 * (n / 8);
  // Of a multiprocessor: 16 warps of 128 registers a thread, or 12 of 168.
  static constexpr int blocks = threads == 256 ? 2 : 384 / threads;
  static_assert(m % 32 == 0 && n % 32 == 0 && threads % warp_size == 0, "whole warps of 8 x 8 results");
};

template <Math math_of_tile, int rows, int columns>
struct Tile : TileSize<rows, columns> {
  static constexpr Math math = math_of_tile;
  static constexpr bool on_tensor_cores = math != Math::fp32;
  using Element = ElementOf<math>;
  template <bool along_depth, int rows_of_slab>
  using SlabOf = std::conditional_t<on_tensor_cores, TensorSlab<Element, along_depth, rows_of_slab>,
                                    Slab<along_depth, rows_of_slab>>;
  using Product = std::conditional_t<on_tensor_cores, TensorProduct<Tile>, ThreadProduct<Tile>>;
};

// One of three names, for launch().
constexpr const char* name_for(Math math, const char* fp32, const char* tf32, const char* bf16) {
  return math == Math::bf16 ? bf16 : math == Math::tf32 ? tf32 : fp32;
}
#define GRAFT_NAME_FOR(math, name) name_for(math, name, name "_tf32", name "_bf16")

// launch(tile) of the tile that was planned for a product of windows.
template <Math math, class Launch>
void with_window_tile(const ProductPlan& plan, const Launch& launch) {
  if (plan.tile == ProductPlan::Tile::tall) return launch(Tile<math, 128, 64>());
  launch(Tile<math, 64, 64>());
}

constexpr int slab_stages = 3;

// How many steps a part of the sum has: the last may have fewer, or none.
GRAFT_DEVICE int steps_of_block(int steps, int first_step, int steps_of_part) {
  return steps - first_step < steps_of_part ? steps - first_step : steps_of_part;
}

template <class Tile, class A, class B>
struct BlockProductShared {
  typename Tile::template SlabOf<A::along_depth, Tile::m> a[slab_stages];
  typename Tile::template SlabOf<B::along_depth, Tile::n> b[slab_stages];
};

// Sums over so many slabs; operands begin at the tile and at the sum's first step, and are zero beyond
// their end. store(row, column, four) is called for all of the tile, column a multiple of four.
template <class Tile, class A, class B, class Store>
GRAFT_DEVICE void block_product(BlockProductShared<Tile, A, B>& shared, const A& a, const B& b, int steps,
                                const Store& store) {
  SlabLoader<A, Tile::m, Tile::threads> load_a(a);
  SlabLoader<B, Tile::n, Tile::threads> load_b(b);
  const auto fetch = [&](bool wanted, int stage) {
    if (wanted) {
      load_a.fetch(shared.a[stage]);
      load_b.fetch(shared.b[stage]);
    }
    async_commit();  // empty groups too: the count of pending ones stays true
  };
  fetch(steps > 0, 0);
  fetch(steps > 1, 1);

  typename Tile::Product product;
  for (int stage = 0; steps > 0; --steps) {
    async_wait<slab_stages - 2>();
    block_barrier();  // all see this step's slabs, and nobody reads those of the step before any more
    fetch(steps > 2, stage == 0 ? 2 : stage - 1);
    product.multiply(shared.a[stage], shared.b[stage]);
    stage = stage == 2 ? 0 : stage + 1;
  }
  product.store(store);
}

}  // namespace graft::GRAFT_TARGET
