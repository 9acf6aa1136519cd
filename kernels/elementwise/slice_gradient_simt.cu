#include "kernels/column_rows.h"
#include "kernels/elementwise/slice_gradient_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// A block 32 channels of dx, a thread four rows of four of them. Bound by memory: dx is written once, in
// lines of 128 bytes, and dy read once by those whose channels it has. dx: [rows, c]; dy: [rows, count]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void slice_gradient_simt_kernel(const Element* dy, Element* dx, int64_t rows, int64_t c, int64_t first,
                                int64_t count) {
  const auto place = ColumnPlace<width>::of_thread(c);
  if (place.column >= c) return;
  const int64_t from = place.column - first;
  const bool inside = from >= 0 && from < count;
  Floats<width> values[rows_a_thread] = {};
  for_each_row(
      place, rows,
      [&](int i, int64_t row) {
        if (inside) values[i] = load_floats<width>(dy + row * count + from);
      },
      [&](int i, int64_t row) { store_floats(dx + row * c + place.column, values[i]); });
}

template <class Element>
void run(const SliceGradientProblem& p, const SliceGradient::Args& args, Stream& stream) {
  const bool four = p.first % 4 == 0 && p.count % 4 == 0 && four_at_a_time({args.dy.data, args.dx.data}, p.c);
  launch("slice_gradient_simt",
         four ? slice_gradient_simt_kernel<4, Element> : slice_gradient_simt_kernel<1, Element>,
         four ? row_grid<4>(p.rows, p.c) : row_grid<1>(p.rows, p.c),
         four ? ColumnBlock<4>::size() : ColumnBlock<1>::size(), 0, stream, elements<const Element>(args.dy),
         elements<Element>(args.dx), p.rows, p.c, p.first, p.count);
}

}  // namespace

void slice_gradient_simt(const SliceGradientProblem& p, const SliceGradient::Args& args,
                         const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
