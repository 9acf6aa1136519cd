#include "kernels/conv/depthwise_strips.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

struct StoreResult {
  float* dx;
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
void conv_backward_data_depthwise_kernel(DepthwiseStrips strips, const float* dy, const float* w,
                                         StoreResult store) {
  depthwise_strip<Tile>(strips, dy, w, store);
}

template <int filter, int stride>
void run(const ConvProblem& p, const ConvBackwardData::Args& args, const RunContext& context) {
  using Tile = DepthwiseTile<filter, stride, true>;
  const DepthwiseStrips strips = depthwise_strips<Tile>(p);
  require_aligned("conv_backward_data_depthwise", {floats(args.dy), floats(args.w), floats(args.dx)});
  launch("conv_backward_data_depthwise", conv_backward_data_depthwise_kernel<Tile>,
         depthwise_grid<Tile>(strips), {Tile::lanes, Tile::tiles}, 0, context.stream, strips, floats(args.dy),
         floats(args.w), StoreResult{floats(args.dx)});
}

}  // namespace

void conv_backward_data_depthwise(const ConvProblem& p, const ConvBackwardData::Args& args,
                                  const RunContext& context) {
  constexpr decltype(&run<3, 1>) methods[2][2] = {{run<3, 1>, run<3, 2>}, {run<5, 1>, run<5, 2>}};
  methods[p.r == 5][p.stride_h == 2](p, args, context);
}

}  // namespace graft::GRAFT_TARGET
