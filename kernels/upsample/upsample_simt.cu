#include "kernels/column_rows.h"
#include "kernels/upsample/upsample_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

struct UpsampleSizes {
  int n, h, w, factor;
  int64_t c;

  // Of a pixel of y: the pixel of x that it came from.
  GRAFT_DEVICE int64_t source(int pixel) const {
    const int row = pixel / (w * factor), column = pixel - row * (w * factor);
    return int64_t{row / factor} * w + column / factor;
  }
  // Of a pixel of x: the first pixel of its square.
  GRAFT_DEVICE int64_t square(int pixel) const {
    const int row = pixel / w, column = pixel - row * w;
    return (int64_t{row} * factor * w + column) * factor;
  }
};

UpsampleSizes sizes_of(const UpsampleProblem& p) {
  return {static_cast<int>(p.n), static_cast<int>(p.h), static_cast<int>(p.w), static_cast<int>(p.factor),
          p.c};
}

// A block 32 channels, a thread four pixels of y of four of them, whose loads are under way together. y is
// written in lines of 128 bytes; its square's other readers find x in the cache. x: [n, h, w, c]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void upsample_forward_simt_kernel(const Element* x, Element* y, UpsampleSizes z) {
  const auto place = ColumnPlace<width>::of_thread(z.c);
  if (place.column >= z.c) return;
  Floats<width> values[rows_a_thread];
  for_each_row(
      place, int64_t{z.n} * z.h * z.factor * z.w * z.factor,
      [&](int i, int64_t pixel) {
        values[i] = load_floats<width>(x + z.source(static_cast<int>(pixel)) * z.c + place.column);
      },
      [&](int i, int64_t pixel) { store_floats(y + pixel * z.c + place.column, values[i]); });
}

// The same for pixels of dx, which add their squares in order. Bound by memory: dy is read once, in lines of
// 128 bytes. dx: [n, h, w, c]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void upsample_backward_simt_kernel(const Element* dy, Element* dx, UpsampleSizes z) {
  const auto place = ColumnPlace<width>::of_thread(z.c);
  if (place.column >= z.c) return;
  const auto sum_square = [&](int, int64_t pixel) {
    const Element* from = dy + z.square(static_cast<int>(pixel)) * z.c + place.column;
    Floats<width> sum = {};
    GRAFT_NO_UNROLL
    for (int row = 0; row < z.factor; ++row, from += int64_t{z.w} * z.factor * z.c)
      GRAFT_NO_UNROLL
      for (int column = 0; column < z.factor; ++column) add(sum, load_floats<width>(from + column * z.c));
    store_floats(dx + pixel * z.c + place.column, sum);
  };
  for_each_row(place, int64_t{z.n} * z.h * z.w, sum_square, [](int, int64_t) {});
}

template <class Element>
void forward(const UpsampleProblem& p, const UpsampleForward::Args& args, Stream& stream) {
  const bool four = four_at_a_time({args.x.data, args.y.data}, p.c);
  const int64_t pixels = p.n * p.h * p.factor * p.w * p.factor;
  launch("upsample_forward_simt",
         four ? upsample_forward_simt_kernel<4, Element> : upsample_forward_simt_kernel<1, Element>,
         four ? row_grid<4>(pixels, p.c) : row_grid<1>(pixels, p.c),
         four ? ColumnBlock<4>::size() : ColumnBlock<1>::size(), 0, stream, elements<const Element>(args.x),
         elements<Element>(args.y), sizes_of(p));
}

template <class Element>
void backward(const UpsampleProblem& p, const UpsampleBackward::Args& args, Stream& stream) {
  const bool four = four_at_a_time({args.dy.data, args.dx.data}, p.c);
  const int64_t pixels = p.n * p.h * p.w;
  launch("upsample_backward_simt",
         four ? upsample_backward_simt_kernel<4, Element> : upsample_backward_simt_kernel<1, Element>,
         four ? row_grid<4>(pixels, p.c) : row_grid<1>(pixels, p.c),
         four ? ColumnBlock<4>::size() : ColumnBlock<1>::size(), 0, stream, elements<const Element>(args.dy),
         elements<Element>(args.dx), sizes_of(p));
}

}  // namespace

void upsample_forward_simt(const UpsampleProblem& p, const UpsampleForward::Args& args,
                           const RunContext& context) {
  with_element(p.dtype, [&](auto element) { forward<decltype(element)>(p, args, context.stream); });
}

void upsample_backward_simt(const UpsampleProblem& p, const UpsampleBackward::Args& args,
                            const RunContext& context) {
  with_element(p.dtype, [&](auto element) { backward<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
