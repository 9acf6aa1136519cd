#pragma once

#include "kernels/gemm/gemm.h"

#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/block_product.h"
#include "kernels/gemm/matrix.h"

// The kernel of gemm.cu, gemm_tf32.cu and gemm_bf16.cu.
namespace graft::GRAFT_TARGET {
namespace {

// See block_product.h for the tile. A step takes m + n reads for m n multiply-adds: at 128 x 128 an H100's
// 67 TFLOP/s need 2.1 TB/s from the L2 cache. Neighbouring blocks share rows of a, so that a comes from
// memory once. Part i of the sum goes to y + i m n.
template <class Tile, class A, class B, class Element = typename Tile::Element>
GRAFT_KERNEL_BOUNDED(Tile::threads, Tile::blocks)
void gemm_kernel(A a, B b, Result<Element> y, int steps, int steps_of_part, int tiles_n,
                 EpilogueOf<Element> epilogue) {
  auto& shared = shared_memory<BlockProductShared<Tile, A, B>>();
  const Int3 block = block_index();
  const int m0 = block.x / tiles_n * Tile::m, n0 = block.x % tiles_n * Tile::n;
  const int first_step = block.y * steps_of_part, first_k = first_step * steps_of_slab<Element>;
  // Gradients, whose operands do not both lie along k, end in no activation: no registers for it.
  constexpr bool is_forward = A::along_depth && B::along_depth;
  const EpilogueOf<Element> ending{epilogue.bias, epilogue.residual,
                                   is_forward ? epilogue.activation : Activation::none};
  const Result<Element> part = y.part(int64_t{block.y} * a.rows * b.rows);
  block_product<Tile>(shared, a.from(m0, first_k), b.from(n0, first_k),
                      steps_of_block(steps, first_step, steps_of_part),
                      [&](int row, int column, const Float4& sum) {
                        const int64_t m = m0 + row;
                        const int n = n0 + column;
                        if (m < a.rows) store_fours(part, m * b.rows + n, n, b.rows, sum, ending);
                      });
}

template <class Tile, class A, class B, class Element = typename Tile::Element>
void launch_gemm(const char* name, const ProductPlan& plan, const A& a, const B& b, const Result<Element>& y,
                 const EpilogueOf<Element>& epilogue, Stream& stream) {
  launch(name, gemm_kernel<Tile, A, B>, {plan.tiles_m * plan.tiles_n, plan.parts}, {Tile::threads},
         sizeof(BlockProductShared<Tile, A, B>), stream, a, b, y, static_cast<int>(plan.steps),
         static_cast<int>(plan.steps_of_part), static_cast<int>(plan.tiles_n), epilogue);
}

template <Math math, bool a_along_k, bool b_along_k, class Element = ElementOf<math>>
void run_gemm(const char* name, const GemmShape& shape, const Element* a, const Element* b,
              const Result<Element>& y, const EpilogueOf<Element>& epilogue, const RunContext& context) {
  using A = MatrixOperand<Element, a_along_k>;
  using B = MatrixOperand<Element, b_along_k>;
  const ProductPlan plan = shape.plan();
  const auto launch_tile = plan.tile == ProductPlan::Tile::large    ? launch_gemm<Tile<math, 128, 128>, A, B>
                           : plan.tile == ProductPlan::Tile::narrow ? launch_gemm<Tile<math, 128, 32>, A, B>
                                                                    : launch_gemm<Tile<math, 64, 64>, A, B>;
  const int m = static_cast<int>(shape.m), n = static_cast<int>(shape.n), k = static_cast<int>(shape.k);
  const bool split = plan.parts > 1;
  const Result<Element> parts{context.scratch, true};
  launch_tile(name, plan, {a, m, k, a_along_k ? k : m}, {b, n, k, b_along_k ? k : n}, split ? parts : y,
              split ? no_epilogue_of<Element> : epilogue, context.stream);
  if (split)
    launch_add_parts(static_cast<const float*>(context.scratch), y, plan.parts, shape.m, shape.n, epilogue,
                     context.stream);
}

}  // namespace

template <Math math, class Element>
void gemm(const GemmShape& shape, const Element* a, const Element* b, const Result<Element>& y,
          const EpilogueOf<Element>& epilogue, const RunContext& context) {
  if (shape.form == GemmForm::nt)
    return run_gemm<math, true, true>(GRAFT_NAME_FOR(math, "gemm_nt"), shape, a, b, y, epilogue, context);
  if (shape.form == GemmForm::nn)
    return run_gemm<math, true, false>(GRAFT_NAME_FOR(math, "gemm_nn"), shape, a, b, y, epilogue, context);
  run_gemm<math, false, false>(GRAFT_NAME_FOR(math, "gemm_tn"), shape, a, b, y, epilogue, context);
}

}  // namespace graft::GRAFT_TARGET
