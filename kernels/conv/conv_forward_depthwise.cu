#include "kernels/conv/conv_sizes.h"
#include "kernels/conv/depthwise_strips.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

template <class Element>
struct StoreResult {
  Element* y;
  EpilogueOf<Element> epilogue;

  template <int width>
  GRAFT_DEVICE void operator()(int channel, int64_t at, const Floats<width>& sum) const {
    store_floats(y + at, epilogue(sum, channel, at));
  }
};

// Tile of a thread: 2x4 pixels (2x2 where the stride is 2) of four channels; of a block: 16 of those side by
// side, 32 channels, so that eight threads read a line of 128 bytes. Bound by memory: 3x3 has 18 FLOPs for
// the 8 bytes of an input and an output (4 in bfloat16), 5x5 has 50, a GPU has 12 a byte or more; so each
// input should come from memory once, and a tile's halo comes from the caches. Of four blocks on a
// multiprocessor ptxas spills, and of three where 25 taps come in 16 bits.
// x: [N, H, W, C]; w: [C, R, S]; y: [N, P, Q, C], in Tile::Element
template <class Tile, class Input, class Weight>
GRAFT_KERNEL_BOUNDED(depthwise_threads, Tile::filter == 5 && sizeof(typename Tile::Element) == 2 ? 2 : 3)
void conv_forward_depthwise_kernel(DepthwiseStrips strips, const Input* x, const Weight* w,
                                   StoreResult<typename Tile::Element> store) {
  depthwise_strip<Tile>(strips, x, w, store);
}

template <class Element, class Input, class Weight, int filter, int stride>
void run(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  using Tile = DepthwiseTile<Element, filter, stride, false>;
  const DepthwiseStrips strips = depthwise_strips<Tile>(p);
  const StoreResult<Element> store{elements<Element>(args.y), epilogue_of<Element>(p, args)};
  require_aligned("conv_forward_depthwise",
                  {args.x.data, args.w.data, store.epilogue.bias, store.epilogue.residual, store.y});
  launch("conv_forward_depthwise", conv_forward_depthwise_kernel<Tile, Input, Weight>,
         depthwise_grid<Tile>(strips), {Tile::lanes, Tile::tiles}, 0, context.stream, strips,
         elements<const Input>(args.x), elements<const Weight>(args.w), store);
}

template <class E, class Input, class Weight>
void run(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  constexpr decltype(&run<E, Input, Weight, 3, 1>) methods[2][2] = {
      {run<E, Input, Weight, 3, 1>, run<E, Input, Weight, 3, 2>},
      {run<E, Input, Weight, 5, 1>, run<E, Input, Weight, 5, 2>}};
  methods[p.r == 5][p.stride_h == 2](p, args, context);
}

}  // namespace

void conv_forward_depthwise(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  if (p.wide_x) return run<bfloat16, float, float>(p, args, context);
  if (p.wide_w) return run<bfloat16, bfloat16, float>(p, args, context);
  with_element(p.dtype, [&](auto element) {
    using E = decltype(element);
    run<E, E, E>(p, args, context);
  });
}

}  // namespace graft::GRAFT_TARGET
