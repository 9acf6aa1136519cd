#include "kernels/elementwise/elementwise_kernels.h"
#include "kernels/map.h"
#include "kernels/pixel_block.h"

namespace graft::GRAFT_TARGET {
namespace {

// 12 bytes and an addition an element.
struct Sum {
  Activation activation;
  GRAFT_DEVICE float operator()(float a, float b) const { return activate(activation, a + b); }
};

// A row of threads takes a pixel and walks along its channels, so that nothing is divided and neighbours read
// neighbours. 8 bytes an element, nothing computed: bound by memory. x, y: [pixels, c], pixels `x_stride` and
// `y_stride` floats apart
template <int width>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void copy_simt_kernel(const float* x, int64_t x_stride, float* y, int64_t y_stride, int64_t pixels,
                      int64_t c) {
  const int64_t pixel = int64_t{block_index().x} * block_size().y + thread_index().y;
  if (pixel >= pixels) return;
  for (int64_t i = thread_index().x * width; i < c; i += block_size().x * width)
    store_floats(y + pixel * y_stride + i, load_floats<width>(x + pixel * x_stride + i));
}

// Views that are not N,H,W,C have no stride of their own: they are dense.
int64_t pixel_stride(const TensorView& view, int64_t c) {
  return view.shape.rank() == 4 ? view.pixel_stride : c;
}

template <int width>
void launch_copy(const CopyProblem& p, const Copy::Args& args, const RunContext& context) {
  const PixelBlock block(p.c, width);
  launch("copy_simt", copy_simt_kernel<width>, {blocks_for(p.pixels, block.rows)}, {block.lanes, block.rows},
         0, context.stream, floats(args.x), pixel_stride(args.x, p.c), floats(args.y),
         pixel_stride(args.y, p.c), p.pixels, p.c);
}

}  // namespace

void add_simt(const AddProblem& p, const Add::Args& args, const RunContext& context) {
  const float *a = floats(args.a), *b = floats(args.b);
  launch_map("add_simt", Sum{p.activation}, floats(args.y), p.count, context.stream, a, b);
}

void copy_simt(const CopyProblem& p, const Copy::Args& args, const RunContext& context) {
  const bool quads = p.c % 4 == 0 && four_at_a_time(floats(args.x), pixel_stride(args.x, p.c)) &&
                     four_at_a_time(floats(args.y), pixel_stride(args.y, p.c));
  quads ? launch_copy<4>(p, args, context) : launch_copy<1>(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
