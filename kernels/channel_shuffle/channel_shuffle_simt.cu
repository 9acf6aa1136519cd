#include "kernels/channel_shuffle/channel_shuffle_kernels.h"
#include "kernels/column_rows.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// A block 32 channels of y, a thread four rows of four neighbours, which are one access; what it gathers for
// them, in single accesses, is the same places of every row, so that it divides once. A warp's gathers are
// whole lines between them, and come from the cache the second time. x, y: [rows, c]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void channel_shuffle_simt_kernel(const Element* x, Element* y, int64_t rows, int64_t c, int64_t groups) {
  const auto place = ColumnPlace<width>::of_thread(c);
  if (place.column >= c) return;
  int64_t from[width];
  GRAFT_UNROLL
  for (int j = 0; j < width; ++j) {
    const int64_t to = place.column + j;
    from[j] = to % groups * (c / groups) + to / groups;
  }
  Floats<width> values[rows_a_thread];
  for_each_row(
      place, rows,
      [&](int i, int64_t row) {
        GRAFT_UNROLL
        for (int j = 0; j < width; ++j) values[i].at[j] = load(x + row * c + from[j]);
      },
      [&](int i, int64_t row) { store_floats(y + row * c + place.column, values[i]); });
}

template <class Element>
void run(const ChannelShuffleProblem& p, const ChannelShuffle::Args& args, Stream& stream) {
  const bool four = four_at_a_time(args.y.data, p.c);
  launch("channel_shuffle_simt",
         four ? channel_shuffle_simt_kernel<4, Element> : channel_shuffle_simt_kernel<1, Element>,
         four ? row_grid<4>(p.rows, p.c) : row_grid<1>(p.rows, p.c),
         four ? ColumnBlock<4>::size() : ColumnBlock<1>::size(), 0, stream, elements<const Element>(args.x),
         elements<Element>(args.y), p.rows, p.c, p.groups);
}

}  // namespace

void channel_shuffle_simt(const ChannelShuffleProblem& p, const ChannelShuffle::Args& args,
                          const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
