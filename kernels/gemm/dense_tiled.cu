#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/dense_kernels.h"
#include "kernels/gemm/tile_product.h"
#include "kernels/reduce.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// See tile_product.h for the tile. y: [m, n]; bias: [n] or null. Part z of the sum goes to y + z * m * n.
template <class A, class B>
GRAFT_KERNEL_BOUNDED(product_threads)
void dense_tiled_kernel(A a, B b, float* y, const float* bias, int64_t m, int64_t n, int64_t k,
                        int64_t k_of_part, Activation activation) {
  auto& shared = shared_memory<TileProductShared>();
  const Int3 block = block_index();
  const int64_t k_begin = block.z * k_of_part, k_end = k_begin + k_of_part < k ? k_begin + k_of_part : k;
  a.depth_end = b.depth_end = k_end;
  float* part = y + block.z * m * n;
  tile_product(shared, a, b, int64_t{block.x} * tile_m, int64_t{block.y} * tile_n, k_begin, k_end,
               [&](int64_t row, int64_t column, float sum) {
                 if (row < m && column < n)
                   part[row * n + column] = finish_product(activation, sum + (bias ? bias[column] : 0.0f));
               });
}

template <class A, class B>
void launch_product(const char* name, const A& a, const B& b, float* y, const float* bias, int64_t k,
                    const SplitSum& split, Activation activation, Stream& stream) {
  launch(name, dense_tiled_kernel<A, B>,
         {blocks_for(a.rows, tile_m), blocks_for(b.rows, tile_n), split.parts},
         {tile_n / part_n, tile_m / part_m}, sizeof(TileProductShared), stream, a, b, y, bias, a.rows, b.rows,
         k, split.length_of_part, activation);
}

const SplitSum whole(int64_t k) { return SplitSum(k, 512, k + 1); }

}  // namespace

void dense_forward_tiled(const DenseProblem& p, const DenseForward::Args& args, const RunContext& context) {
  launch_product("dense_forward_tiled", Matrix<true>{floats(args.x), p.n, 0, p.inputs},
                 Matrix<true>{floats(args.w), p.outputs, 0, p.inputs}, floats(args.y),
                 p.bias ? floats(args.bias) : nullptr, p.inputs, whole(p.inputs), p.activation,
                 context.stream);
}

void dense_backward_data_tiled(const DenseProblem& p, const DenseBackwardData::Args& args,
                               const RunContext& context) {
  launch_product("dense_backward_data_tiled", Matrix<true>{floats(args.dy), p.n, 0, p.outputs},
                 Matrix<false>{floats(args.w), p.inputs, 0, p.inputs}, floats(args.dx), nullptr, p.outputs,
                 whole(p.outputs), Activation::none, context.stream);
}

void dense_backward_weights_tiled(const DenseProblem& p, const DenseBackwardWeights::Args& args,
                                  const RunContext& context) {
  const SplitSum split = dense_weights_split(p);
  float* partial = static_cast<float*>(context.scratch);
  launch_product("dense_backward_weights_tiled", Matrix<false>{floats(args.dy), p.outputs, 0, p.outputs},
                 Matrix<false>{floats(args.x), p.inputs, 0, p.inputs},
                 split.parts > 1 ? partial : floats(args.dw), nullptr, p.n, split, Activation::none,
                 context.stream);
  if (split.parts > 1)
    launch_add_parts(partial, floats(args.dw), split.parts, p.outputs, p.inputs, no_epilogue, context.stream);
  if (p.bias)
    launch_column_sums<1>("dense_backward_bias", PlainTerm{floats(args.dy), p.outputs},
                          StoreTotal{floats(args.dbias)}, p.n, p.outputs, context.scratch, context.stream);
}

}  // namespace graft::GRAFT_TARGET
