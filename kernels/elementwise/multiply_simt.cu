#include "kernels/elementwise/multiply_kernels.h"
#include "kernels/map.h"
#include "kernels/pixel_block.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Product {
  GRAFT_DEVICE float operator()(float a, float b) const { return a * b; }
};

constexpr int pixels_per_block = 64;

// The blocks of a picture lie in y, the pictures in z. A thread keeps the factors of its channels and walks
// over the block's pixels, its neighbours beside it: 8 bytes an element. a, y: [n, pixels, c]; b: [n, c]
template <int width>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void multiply_forward_simt_kernel(const float* a, const float* b, float* y, int64_t pixels, int64_t c) {
  const Int3 t = thread_index(), block = block_index(), size = block_size();
  const int64_t channel = (int64_t{block.x} * size.x + t.x) * width;
  if (channel >= c) return;
  const Floats<width> factor = load_floats<width>(b + block.z * c + channel);
  const int64_t first = int64_t{block.y} * pixels_per_block;
  const int64_t end = first + pixels_per_block < pixels ? first + pixels_per_block : pixels;
  for (int64_t pixel = first + t.y; pixel < end; pixel += size.y) {
    const int64_t i = (block.z * pixels + pixel) * c + channel;
    Floats<width> values = load_floats<width>(a + i);
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) values.at[j] *= factor.at[j];
    store_floats(y + i, values);
  }
}

struct Shared {
  float sums[threads_per_block * 4];  // [rows of threads, lanes, width]
};

// Both gradients in one pass, 12 bytes an element: blocks as above, but a slice of pixels each, whose sums go
// to partial. a, dy, da: [n, pixels, c]; b: [n, c]; partial: [slices, n, c]; da or partial may be null
template <int width>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void multiply_backward_simt_kernel(const float* a, const float* b, const float* dy, float* da, float* partial,
                                   int64_t pixels, int64_t c, int64_t pixels_per_slice) {
  auto& shared = shared_memory<Shared>();
  const Int3 t = thread_index(), block = block_index(), size = block_size();
  const int64_t channel = (int64_t{block.x} * size.x + t.x) * width;
  const int64_t first = block.y * pixels_per_slice;
  const int64_t end = first + pixels_per_slice < pixels ? first + pixels_per_slice : pixels;
  Floats<width> factor{}, sum{};
  if (channel < c && da) factor = load_floats<width>(b + block.z * c + channel);
  for (int64_t pixel = first + t.y; channel < c && pixel < end; pixel += size.y) {
    const int64_t i = (block.z * pixels + pixel) * c + channel;
    Floats<width> gradient = load_floats<width>(dy + i);
    if (partial) {
      const Floats<width> values = load_floats<width>(a + i);
      GRAFT_UNROLL
      for (int j = 0; j < width; ++j) sum.at[j] += gradient.at[j] * values.at[j];
    }
    if (da) {
      GRAFT_UNROLL
      for (int j = 0; j < width; ++j) gradient.at[j] *= factor.at[j];
      store_floats(da + i, gradient);
    }
  }
  if (!partial) return;
  const int mine = (t.y * size.x + t.x) * width, row = size.x * width;
  store_floats(shared.sums + mine, sum);
  block_barrier();
  if (t.y != 0 || channel >= c) return;
  for (int y = 1; y < size.y; ++y) GRAFT_UNROLL
  for (int j = 0; j < width; ++j) sum.at[j] += shared.sums[y * row + mine + j];
  store_floats(partial + (int64_t{block.y} * grid_size().z + block.z) * c + channel, sum);
}

// One thread a sum, slices in order. partial: [slices, count]; db: [count]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void multiply_backward_totals_simt_kernel(const float* partial, float* db, int64_t slices, int64_t count) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= count) return;
  float sum = 0;
  for (int64_t slice = 0; slice < slices; ++slice) sum += partial[slice * count + i];
  db[i] = sum;
}

template <int width>
void forward_by_channel(const MultiplyProblem& p, const float* a, const float* b, float* y, Stream& stream) {
  const PixelBlock block(p.c, width);
  launch("multiply_forward_simt", multiply_forward_simt_kernel<width>,
         {blocks_for(p.c, block.lanes * width), blocks_for(p.pixels, pixels_per_block), p.n},
         {block.lanes, block.rows}, 0, stream, a, b, y, p.pixels, p.c);
}

template <int width>
void backward_by_channel(const MultiplyProblem& p, const MultiplyBackward::Args& args,
                         const RunContext& context) {
  const PixelBlock block(p.c, width);
  const PixelSlices slices(p);
  float* const partial = p.wants_db ? static_cast<float*>(context.scratch) : nullptr;
  launch("multiply_backward_simt", multiply_backward_simt_kernel<width>,
         {blocks_for(p.c, block.lanes * width), slices.count, p.n}, {block.lanes, block.rows}, sizeof(Shared),
         context.stream, floats(args.a), floats(args.b), floats(args.dy),
         p.wants_da ? floats(args.da) : nullptr, partial, p.pixels, p.c, slices.pixels_per_slice);
  if (p.wants_db)
    launch("multiply_backward_totals_simt", multiply_backward_totals_simt_kernel,
           {blocks_for(p.n * p.c, threads_per_block)}, {threads_per_block}, 0, context.stream, partial,
           floats(args.db), slices.count, p.n * p.c);
}

}  // namespace

void multiply_forward_simt(const MultiplyProblem& p, const MultiplyForward::Args& args,
                           const RunContext& context) {
  const float *a = floats(args.a), *b = floats(args.b);
  float* const y = floats(args.y);
  if (!p.broadcast)
    launch_map("multiply_forward_simt", Product{}, y, p.n * p.pixels * p.c, context.stream, a, b);
  else if (p.c % 4 == 0 && four_at_a_time({a, b, y}, 4))
    forward_by_channel<4>(p, a, b, y, context.stream);
  else
    forward_by_channel<1>(p, a, b, y, context.stream);
}

void multiply_backward_simt(const MultiplyProblem& p, const MultiplyBackward::Args& args,
                            const RunContext& context) {
  const float *a = floats(args.a), *b = floats(args.b), *dy = floats(args.dy);
  const int64_t count = p.n * p.pixels * p.c;
  if (p.broadcast) {
    const bool quads = p.c % 4 == 0 && four_at_a_time({a, b, dy, floats(args.da)}, 4);
    return quads ? backward_by_channel<4>(p, args, context) : backward_by_channel<1>(p, args, context);
  }
  // db first: da may take dy's place.
  if (p.wants_db)
    launch_map("multiply_backward_simt", Product{}, floats(args.db), count, context.stream, dy, a);
  if (p.wants_da)
    launch_map("multiply_backward_simt", Product{}, floats(args.da), count, context.stream, dy, b);
}

}  // namespace graft::GRAFT_TARGET
