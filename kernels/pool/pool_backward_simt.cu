#include "kernels/half_vector.h"
#include "kernels/pool/pool_axis.h"
#include "kernels/pool/pool_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread four channels of an input (or one): it gathers from the windows that hold it in a fixed order,
// so nothing is added concurrently. Bound by memory: the inputs of a window read its gradient from the caches
// but once, so 3x3 with stride 2 moves 5.25 bytes an input (dx, a quarter of dy and of a place) for two
// operations. use(output, window's rows, its columns) adds one.
template <int width, class Use>
GRAFT_DEVICE void gather_windows(const PoolSizes& sizes, const PoolPlace& input, const Use& use) {
  const PoolRange rows = sizes.rows.outputs_of(input.row), columns = sizes.columns.outputs_of(input.column);
  const int image = input.image * sizes.rows.outputs * sizes.columns.outputs;
  for (int p = rows.begin; p < rows.end; ++p)
    for (int q = columns.begin; q < columns.end; ++q)
      use((image + p * sizes.columns.outputs + q) * sizes.c + input.channel, sizes.rows.window(p),
          sizes.columns.window(q));
}

// dy: [N, P, Q, C]; dx: [N, H, W, C]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_backward_average_simt_kernel(PoolSizes sizes, const Element* dy, Element* dx, int threads) {
  const int i = block_index().x * threads_per_block + thread_index().x;
  if (i >= threads) return;
  const PoolPlace input = pool_place<width>(i, sizes.rows.inputs, sizes.columns.inputs, sizes.c);
  Floats<width> sum = {};
  gather_windows<width>(sizes, input, [&](int output, const PoolRange& rows, const PoolRange& columns) {
    const Floats<width> gradient = load_floats<width>(dy + output);
    const float share = 1 / sizes.divisor(rows, columns);
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) sum.at[j] += gradient.at[j] * share;
  });
  store_floats(dx + i * width, sum);
}

// places: [N, P, Q, C]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_backward_max_simt_kernel(PoolSizes sizes, const Element* dy, const uint8_t* places, Element* dx,
                                   int threads) {
  const int i = block_index().x * threads_per_block + thread_index().x;
  if (i >= threads) return;
  const PoolPlace input = pool_place<width>(i, sizes.rows.inputs, sizes.columns.inputs, sizes.c);
  Floats<width> sum = {};
  gather_windows<width>(sizes, input, [&](int output, const PoolRange& rows, const PoolRange& columns) {
    const Floats<width> gradient = load_floats<width>(dy + output);
    const Places<width> largest = *reinterpret_cast<const Places<width>*>(places + output);
    const int here = (input.row - rows.begin) * sizes.columns.size + input.column - columns.begin;
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) sum.at[j] += largest.at[j] == here ? gradient.at[j] : 0.0f;
  });
  store_floats(dx + i * width, sum);
}

template <class Element>
void run(const PoolProblem& p, const PoolBackward::Args& args, const RunContext& context) {
  const Element* dy = elements<Element>(args.dy);
  Element* dx = elements<Element>(args.dx);
  const bool four = four_at_a_time({dy, dx}, p.c);
  const int threads = static_cast<int>(p.n * p.h * p.w * p.c / (four ? 4 : 1));
  const GridSize grid{blocks_for(threads, threads_per_block)};
  if (p.kind == PoolKind::average)
    launch(
        "pool_backward_average_simt",
        four ? pool_backward_average_simt_kernel<4, Element> : pool_backward_average_simt_kernel<1, Element>,
        grid, {threads_per_block}, 0, context.stream, pool_sizes(p), dy, dx, threads);
  else
    launch("pool_backward_max_simt",
           four ? pool_backward_max_simt_kernel<4, Element> : pool_backward_max_simt_kernel<1, Element>, grid,
           {threads_per_block}, 0, context.stream, pool_sizes(p), dy, bytes(args.places), dx, threads);
}

}  // namespace

void pool_backward_simt(const PoolProblem& p, const PoolBackward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
