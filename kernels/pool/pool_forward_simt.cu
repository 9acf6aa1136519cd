#include "kernels/half_vector.h"
#include "kernels/pool/pool_axis.h"
#include "kernels/pool/pool_kernels.h"
#include "kernels/row_stride.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread four channels of an output (or one); neighbours read neighbouring channels. Bound by memory: the
// inputs that windows share come from the caches, so 3x3 with stride 2 moves 20 bytes an output (10 in
// bfloat16) for its nine operations. x: [N, H, W, C]; y: [N, P, Q, C], pixels y_pitch apart
template <bool slice, int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_forward_average_simt_kernel(PoolSizes sizes, const Element* x, Element* y, int y_pitch,
                                      int threads) {
  const int i = block_index().x * threads_per_block + thread_index().x;
  if (i >= threads) return;
  const PoolPlace place = pool_place<width>(i, sizes.rows.outputs, sizes.columns.outputs, sizes.c);
  const PoolRange row_window = sizes.rows.window(place.row),
                  column_window = sizes.columns.window(place.column);
  const PoolRange rows = sizes.rows.clipped(row_window), columns = sizes.columns.clipped(column_window);
  const Element* image = x + place.image * sizes.rows.inputs * sizes.columns.inputs * sizes.c + place.channel;
  Floats<width> sum = {};
  for (int h = rows.begin; h < rows.end; ++h)
    for (int w = columns.begin; w < columns.end; ++w)
      add(sum, load_floats<width>(image + (h * sizes.columns.inputs + w) * sizes.c));
  const float divisor = sizes.divisor(row_window, column_window);
  GRAFT_UNROLL
  for (int j = 0; j < width; ++j) sum.at[j] /= divisor;
  store_floats(y + pool_output<slice, width>(i, sizes.c, y_pitch), sum);
}

// The same tile; of equal values the first wins. places: [N, P, Q, C], may be null
template <bool slice, int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_forward_max_simt_kernel(PoolSizes sizes, const Element* x, Element* y, int y_pitch, uint8_t* places,
                                  int threads) {
  const int i = block_index().x * threads_per_block + thread_index().x;
  if (i >= threads) return;
  const PoolPlace at = pool_place<width>(i, sizes.rows.outputs, sizes.columns.outputs, sizes.c);
  const PoolRange row_window = sizes.rows.window(at.row), column_window = sizes.columns.window(at.column);
  const PoolRange rows = sizes.rows.clipped(row_window), columns = sizes.columns.clipped(column_window);
  const Element* image = x + at.image * sizes.rows.inputs * sizes.columns.inputs * sizes.c + at.channel;
  const auto pixel = [&](int h, int w) {
    return load_floats<width>(image + (h * sizes.columns.inputs + w) * sizes.c);
  };
  const bool empty = rows.begin >= rows.end || columns.begin >= columns.end;
  Floats<width> best = empty ? Floats<width>{} : pixel(rows.begin, columns.begin);
  const int corner =
      (rows.begin - row_window.begin) * sizes.columns.size + columns.begin - column_window.begin;
  int place[width];
  GRAFT_UNROLL
  for (int j = 0; j < width; ++j) place[j] = empty ? 0 : corner;
  for (int h = rows.begin; h < rows.end; ++h)
    for (int w = columns.begin; w < columns.end; ++w) {
      const Floats<width> value = pixel(h, w);
      const int here = (h - row_window.begin) * sizes.columns.size + w - column_window.begin;
      GRAFT_UNROLL
      for (int j = 0; j < width; ++j) {
        const bool more = value.at[j] > best.at[j];
        best.at[j] = more ? value.at[j] : best.at[j];
        place[j] = more ? here : place[j];
      }
    }
  store_floats(y + pool_output<slice, width>(i, sizes.c, y_pitch), best);
  if (!places) return;
  Places<width> bytes;
  GRAFT_UNROLL
  for (int j = 0; j < width; ++j) bytes.at[j] = static_cast<uint8_t>(place[j]);
  *reinterpret_cast<Places<width>*>(places + i * width) = bytes;
}

template <bool slice, int width, class Element>
void launch_pool(const PoolProblem& p, const Element* x, Element* y, int y_pitch, uint8_t* places,
                 Stream& stream) {
  const int threads = static_cast<int>(p.n * p.p * p.q * p.c / width);
  const GridSize grid{blocks_for(threads, threads_per_block)};
  if (p.kind == PoolKind::average)
    launch("pool_forward_average_simt", pool_forward_average_simt_kernel<slice, width, Element>, grid,
           {threads_per_block}, 0, stream, pool_sizes(p), x, y, y_pitch, threads);
  else
    launch("pool_forward_max_simt", pool_forward_max_simt_kernel<slice, width, Element>, grid,
           {threads_per_block}, 0, stream, pool_sizes(p), x, y, y_pitch, places, threads);
}

template <class Element>
void run(const PoolProblem& p, const PoolForward::Args& args, const RunContext& context) {
  const Element* x = elements<Element>(args.x);
  Element* y = elements<Element>(args.y);
  const auto y_pitch = static_cast<int>(row_stride(args.y, p.c));
  const bool four = four_at_a_time({x, y}, p.c) && y_pitch % 4 == 0;
  uint8_t* places = p.saves_places ? bytes(args.places) : nullptr;
  const auto go = p.y_slice ? (four ? launch_pool<true, 4, Element> : launch_pool<true, 1, Element>)
                            : (four ? launch_pool<false, 4, Element> : launch_pool<false, 1, Element>);
  go(p, x, y, y_pitch, places, context.stream);
}

}  // namespace

void pool_forward_simt(const PoolProblem& p, const PoolForward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
