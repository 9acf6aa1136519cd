#include "kernels/column_reduce.h"
#include "kernels/pool/pool_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// A block 32 channels of one image; its 32 rows of threads split the pixels, so that small batches have
// threads enough too. Bound by memory: each x is read once and added once.
// x: [N, H W, C]; y: [N, C]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void pool_forward_global_kernel(const Element* x, Element* y, int64_t pixels, int64_t c) {
  auto& shared = shared_memory<ColumnSumShared<width, 1>>();
  const auto place = ColumnPlace<width>::of_thread(c);
  const int64_t image = place.part;
  block_column_sums(shared, PlainTerm<Element>{x, c}, image * pixels, (image + 1) * pixels, c, place,
                    [&](int64_t channel, const double* sum) {
                      store(y + image * c + channel, static_cast<float>(*sum / static_cast<double>(pixels)));
                    });
}

// A block 32 channels of one image: a thread divides its share of dy once and writes every 32nd pixel. Bound
// by memory: each dx is written once. dy: [N, C]; dx: [N, H W, C]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void pool_backward_global_kernel(const Element* dy, Element* dx, int64_t pixels, int64_t c) {
  const auto place = ColumnPlace<width>::of_thread(c);
  if (place.column >= c) return;
  const int64_t image = place.part;
  Floats<width> share = load_floats<width>(dy + image * c + place.column);
  GRAFT_UNROLL
  for (int i = 0; i < width; ++i) share.at[i] /= static_cast<float>(pixels);
  Element* out = dx + image * pixels * c + place.column;
  for (int64_t pixel = thread_index().y; pixel < pixels; pixel += ColumnBlock<width>::rows)
    store_floats(out + pixel * c, share);
}

template <class Element>
void run_forward(const PoolProblem& p, const PoolForward::Args& args, Stream& stream) {
  const Element* x = elements<Element>(args.x);
  const auto run = [&](auto kernel, BlockSize block, size_t shared_bytes) {
    launch("pool_forward_global", kernel, column_grid(p.c, p.n), block, shared_bytes, stream, x,
           elements<Element>(args.y), p.h * p.w, p.c);
  };
  if (four_at_a_time(x, p.c))
    run(pool_forward_global_kernel<4, Element>, ColumnBlock<4>::size(), sizeof(ColumnSumShared<4, 1>));
  else
    run(pool_forward_global_kernel<1, Element>, ColumnBlock<1>::size(), sizeof(ColumnSumShared<1, 1>));
}

template <class Element>
void run_backward(const PoolProblem& p, const PoolBackward::Args& args, Stream& stream) {
  const Element* dy = elements<Element>(args.dy);
  Element* dx = elements<Element>(args.dx);
  const bool four = four_at_a_time({dy, dx}, p.c);
  launch("pool_backward_global",
         four ? pool_backward_global_kernel<4, Element> : pool_backward_global_kernel<1, Element>,
         column_grid(p.c, p.n), four ? ColumnBlock<4>::size() : ColumnBlock<1>::size(), 0, stream, dy, dx,
         p.h * p.w, p.c);
}

}  // namespace

void pool_forward_global(const PoolProblem& p, const PoolForward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run_forward<decltype(element)>(p, args, context.stream); });
}

void pool_backward_global(const PoolProblem& p, const PoolBackward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run_backward<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
