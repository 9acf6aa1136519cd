#include "kernels/elementwise/elementwise_kernels.h"
#include "kernels/map.h"
#include "kernels/pixel_block.h"
#include "kernels/row_stride.h"

namespace graft::GRAFT_TARGET {
namespace {

// 12 bytes (6 in bfloat16) and an addition an element.
struct Sum {
  Activation activation;
  GRAFT_DEVICE float operator()(float a, float b) const { return activate(activation, a + b); }
};

// A row of threads takes a pixel and walks along its channels, so that nothing is divided and neighbours read
// neighbours. 8 bytes an element (4 in bfloat16), nothing computed: bound by memory. x, y: [pixels, c],
// pixels `x_stride` and `y_stride` elements apart
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void copy_simt_kernel(const Element* x, int64_t x_stride, Element* y, int64_t y_stride, int64_t pixels,
                      int64_t c) {
  const int64_t pixel = int64_t{block_index().x} * block_size().y + thread_index().y;
  if (pixel >= pixels) return;
  for (int64_t i = thread_index().x * width; i < c; i += block_size().x * width)
    store_floats(y + pixel * y_stride + i, load_floats<width>(x + pixel * x_stride + i));
}

template <int width, class Element>
void launch_copy(const CopyProblem& p, const Copy::Args& args, const RunContext& context) {
  const PixelBlock block(p.c, width);
  launch("copy_simt", copy_simt_kernel<width, Element>, {blocks_for(p.pixels, block.rows)},
         {block.lanes, block.rows}, 0, context.stream, elements<const Element>(args.x),
         row_stride(args.x, p.c), elements<Element>(args.y), row_stride(args.y, p.c), p.pixels, p.c);
}

// A four of bfloat16 has half the bytes, and may begin at half the multiple.
template <class Element>
bool in_fours(const TensorView& view, int64_t c) {
  return row_stride(view, c) % 4 == 0 && reinterpret_cast<uintptr_t>(view.data) % (4 * sizeof(Element)) == 0;
}

template <class Element>
void copy(const CopyProblem& p, const Copy::Args& args, const RunContext& context) {
  const bool fours = p.c % 4 == 0 && in_fours<Element>(args.x, p.c) && in_fours<Element>(args.y, p.c);
  fours ? launch_copy<4, Element>(p, args, context) : launch_copy<1, Element>(p, args, context);
}

template <class Element>
void add(const AddProblem& p, const Add::Args& args, Stream& stream) {
  launch_map("add_simt", Sum{p.activation}, elements<Element>(args.y), p.count, stream,
             elements<const Element>(args.a), elements<const Element>(args.b));
}

}  // namespace

void add_simt(const AddProblem& p, const Add::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { add<decltype(element)>(p, args, context.stream); });
}

void copy_simt(const CopyProblem& p, const Copy::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { copy<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
