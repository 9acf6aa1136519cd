#include "kernels/conv/depthwise_strips.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

template <class Element>
struct StoreResult {
  Element* dx;
  template <int width>
  GRAFT_DEVICE void operator()(int, int64_t at, const Floats<width>& sum) const {
    store_floats(dx + at, sum);
  }
};

// The forward tile with the filter turned round: 2x4 pixels of dx, gathered from the outputs that read them.
// Of stride 2 a tile begins at an even padded pixel, so which tap meets which output is known while
// compiling. Bound by memory: 18 FLOPs for 8 bytes (3x3, stride 1), 4.5 for 5 (stride 2); each dy is read
// from memory once. dy: [N, P, Q, C]; w: [C, R, S]; dx: [N, H, W, C]
template <class Tile>
GRAFT_KERNEL_BOUNDED(depthwise_threads)
void conv_backward_data_depthwise_kernel(DepthwiseStrips strips, const typename Tile::Element* dy,
                                         const typename Tile::Element* w,
                                         StoreResult<typename Tile::Element> store) {
  depthwise_strip<Tile>(strips, dy, w, store);
}

template <class Element, int filter, int stride>
void run(const ConvProblem& p, const ConvBackwardData::Args& args, const RunContext& context) {
  using Tile = DepthwiseTile<Element, filter, stride, true>;
  const DepthwiseStrips strips = depthwise_strips<Tile>(p);
  require_aligned("conv_backward_data_depthwise", {args.dy.data, args.w.data, args.dx.data});
  launch("conv_backward_data_depthwise", conv_backward_data_depthwise_kernel<Tile>,
         depthwise_grid<Tile>(strips), {Tile::lanes, Tile::tiles}, 0, context.stream, strips,
         elements<const Element>(args.dy), elements<const Element>(args.w),
         StoreResult<Element>{elements<Element>(args.dx)});
}

}  // namespace

void conv_backward_data_depthwise(const ConvProblem& p, const ConvBackwardData::Args& args,
                                  const RunContext& context) {
  with_element(p.dtype, [&](auto element) {
    using E = decltype(element);
    constexpr decltype(&run<E, 3, 1>) methods[2][2] = {{run<E, 3, 1>, run<E, 3, 2>},
                                                       {run<E, 5, 1>, run<E, 5, 2>}};
    methods[p.r == 5][p.stride_h == 2](p, args, context);
  });
}

}  // namespace graft::GRAFT_TARGET
