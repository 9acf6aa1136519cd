#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/windows.h"
#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/block_product.h"

namespace graft::GRAFT_TARGET {
namespace {

// With a stride, an input pixel meets only the taps that agree with it: along one axis, the pixels of a phase
// (first, first + stride, ...) meet every tap_step-th tap from first_tap on, and the outputs of one tap lie
// `back` before those of the tap before. A phase is then a convolution of stride 1, and no product is with
// zero because of the stride.
struct Phase {
  int first, pixels, first_tap, tap_step, taps, back, first_output;

  GRAFT_DEVICE Phase(int phase, int size, int pad, int stride, int dilation, int filter) {
    first = (phase + stride - pad % stride) % stride;
    pixels = first < size ? (size - 1 - first) / stride + 1 : 0;
    first_tap = 0;
    while (first_tap < filter && (first + pad - first_tap * dilation) % stride != 0) ++first_tap;
    tap_step = 1;
    while (tap_step * dilation % stride != 0) ++tap_step;
    taps = first_tap < filter ? (filter - 1 - first_tap) / tap_step + 1 : 0;
    back = tap_step * dilation / stride;
    first_output = taps > 0 ? (first + pad - first_tap * dilation) / stride : 0;
  }
};

// The windows over the outputs of a tile's input pixels, and where those pixels lie.
struct InputPixels {
  ConvSizes sizes;
  Phase h, w;
  int first_row, first_image;

  struct Place {
    int n, h, w;  // w, h counted in the phase
  };
  GRAFT_DEVICE Place place(int i) const {
    const int pixel = first_row + i, row = pixel / w.pixels, n = row / h.pixels;
    return {n, row - n * h.pixels, pixel - row * w.pixels};
  }
  GRAFT_DEVICE Window operator()(const WindowSizes& window, int i) const {
    const Place at = place(i);
    Window result = window_at(window, at.n - first_image, h.first_output + at.h, w.first_output + at.w);
    if (at.n >= sizes.n) result.inside = 0;
    return result;
  }
};

template <class Tile>
using A = Windows<typename Tile::Element, InputPixels>;
template <class Tile>
using B = FilterOperand<typename Tile::Element, false>;
template <class Tile>
using Shared = BlockProductShared<Tile, A<Tile>, B<Tile>>;

// See block_product.h: a tile of one phase's input pixels by channels of one group, the sum along taps and K.
// Each pixel gathers, so nothing is added concurrently; the windows over dy are those of the forward pass
// with taps that go backwards. Neighbouring blocks share pixels. Part i of the sum goes to dx + i n h w c.
// dy: [N, P, Q, K]; w: [K, R, S, C / groups]; dx: [N, H, W, C]
template <class Tile, class Element = typename Tile::Element>
GRAFT_KERNEL_BOUNDED(Tile::threads, Tile::blocks)
void conv_backward_data_implicit_kernel(ConvSizes sizes, const Element* dy, const Element* w,
                                        Result<Element> dx, int parts, int tiles_n) {
  constexpr int steps_of_slab = GRAFT_TARGET::steps_of_slab<Element>;
  auto& shared = shared_memory<Shared<Tile>>();
  const Int3 block = block_index();
  const int phase_h = block.z / sizes.groups / sizes.stride_w, group = block.z % sizes.groups;
  const int phase_w = block.z / sizes.groups % sizes.stride_w;
  const Phase rows(phase_h, sizes.h, sizes.pad_top, sizes.stride_h, sizes.dilation_h, sizes.r);
  const Phase columns(phase_w, sizes.w, sizes.pad_left, sizes.stride_w, sizes.dilation_w, sizes.s);
  const int m0 = block.x / tiles_n * Tile::m, n0 = block.x % tiles_n * Tile::n;
  const int pixels = sizes.n * rows.pixels * columns.pixels;
  if (m0 >= pixels) return;  // all threads: this phase has fewer pixels than the largest

  const int image = m0 / columns.pixels / rows.pixels, filter = sizes.r * sizes.s * sizes.group_c;
  const int of_tap = (sizes.group_k + steps_of_slab - 1) / steps_of_slab;
  const int steps = rows.taps * columns.taps * of_tap;
  const int steps_of_part = (steps + parts - 1) / parts, first_step = block.y * steps_of_part;
  const WindowSizes window{sizes.p, sizes.q, sizes.k, rows.taps, columns.taps, -rows.back, -columns.back};
  const A<Tile> gradients{dy + int64_t{image} * sizes.p * sizes.q * sizes.k + group * sizes.group_k,
                          window,
                          {sizes, rows, columns, m0, image},
                          window.walk<steps_of_slab>(sizes.group_k, first_step)};
  const int first_tap = rows.first_tap * sizes.s + columns.first_tap;
  const B<Tile> filters{w + int64_t{group} * sizes.group_k * filter + first_tap * sizes.group_c + n0,
                        sizes.group_c - n0,
                        filter,
                        {sizes.group_k, columns.taps, columns.tap_step * sizes.group_c,
                         rows.tap_step * sizes.s * sizes.group_c, first_step}};
  const Result<Element> part = dx.part(int64_t{block.y} * sizes.n * sizes.h * sizes.w * sizes.c);
  block_product<Tile>(shared, gradients, filters, steps_of_block(steps, first_step, steps_of_part),
                      [&](int row, int column, const Float4& sum) {
                        const InputPixels::Place at = gradients.window_of.place(row);
                        const int c = n0 + column, h = rows.first + at.h * sizes.stride_h;
                        const int64_t line = int64_t{at.n} * sizes.h + h;
                        const int64_t pixel = line * sizes.w + columns.first + at.w * sizes.stride_w;
                        if (at.n < sizes.n && c < sizes.group_c)
                          part.put4(pixel * sizes.c + group * sizes.group_c + c, sum);
                      });
}

template <class Tile, class Element = typename Tile::Element>
void launch_tile(const ConvProblem& p, const ConvBackwardData::Args& args, const Result<Element>& dx,
                 const ProductPlan& plan, Stream& stream) {
  launch(GRAFT_NAME_FOR(Tile::math, "conv_backward_data_implicit"), conv_backward_data_implicit_kernel<Tile>,
         {plan.tiles_m * plan.tiles_n, plan.parts, p.stride_h * p.stride_w * p.groups}, {Tile::threads},
         sizeof(Shared<Tile>), stream, sizes_of(p), elements<const Element>(args.dy),
         elements<const Element>(args.w), dx, static_cast<int>(plan.parts), static_cast<int>(plan.tiles_n));
}

}  // namespace

template <Math math>
void conv_backward_data_implicit(const ConvProblem& p, const ConvBackwardData::Args& args,
                                 const RunContext& context) {
  using Element = ElementOf<math>;
  const ProductPlan plan = conv_implicit_plan<ConvBackwardData>(p);
  const Result<Element> dx = result_of<Element>(args.dx), parts{context.scratch, true};
  with_window_tile<math>(plan, [&](auto tile) {
    launch_tile<decltype(tile)>(p, args, plan.parts > 1 ? parts : dx, plan, context.stream);
  });
  if (plan.parts > 1)
    launch_add_parts(static_cast<const float*>(context.scratch), dx, plan.parts, p.n * p.h * p.w, p.c,
                     no_epilogue_of<Element>, context.stream);
}

template void conv_backward_data_implicit<Math::fp32>(const ConvProblem&, const ConvBackwardData::Args&,
                                                      const RunContext&);
template void conv_backward_data_implicit<Math::tf32>(const ConvProblem&, const ConvBackwardData::Args&,
                                                      const RunContext&);
template void conv_backward_data_implicit<Math::bf16>(const ConvProblem&, const ConvBackwardData::Args&,
                                                      const RunContext&);

}  // namespace graft::GRAFT_TARGET
