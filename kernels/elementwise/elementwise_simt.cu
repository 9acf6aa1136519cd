#include "kernels/elementwise/elementwise_kernels.h"
#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread an element; bound by memory, and neighbours read neighbours.
GRAFT_KERNEL_BOUNDED(threads_per_block)
void add_simt_kernel(const float* a, const float* b, float* y, int64_t count, Activation activation) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i < count) y[i] = activate(activation, a[i] + b[i]);
}

// Strides are elements between pixels.
GRAFT_KERNEL_BOUNDED(threads_per_block)
void copy_simt_kernel(const float* x, int64_t x_stride, float* y, int64_t y_stride, int64_t pixels,
                      int64_t c) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= pixels * c) return;
  const int64_t pixel = i / c, channel = i % c;
  y[pixel * y_stride + channel] = x[pixel * x_stride + channel];
}

int64_t pixel_stride(const TensorView& view, int64_t c) {
  return view.shape.rank() == 4 ? view.pixel_stride : c;
}

}  // namespace

void add_simt(const AddProblem& p, const Add::Args& args, const RunContext& context) {
  launch("add_simt", add_simt_kernel, {blocks_for(p.count, threads_per_block)}, {threads_per_block}, 0,
         context.stream, floats(args.a), floats(args.b), floats(args.y), p.count, p.activation);
}

void copy_simt(const CopyProblem& p, const Copy::Args& args, const RunContext& context) {
  launch("copy_simt", copy_simt_kernel, {blocks_for(p.pixels * p.c, threads_per_block)}, {threads_per_block},
         0, context.stream, floats(args.x), pixel_stride(args.x, p.c), floats(args.y),
         pixel_stride(args.y, p.c), p.pixels, p.c);
}

}  // namespace graft::GRAFT_TARGET
