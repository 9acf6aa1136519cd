#include "kernels/conv/conv_sizes.h"
#include "kernels/conv/depthwise_strips.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

struct StoreResult {
  float* y;
  Epilogue epilogue;

  template <int width>
  GRAFT_DEVICE void operator()(int channel, int64_t at, const Floats<width>& sum) const {
    store_floats(y + at, epilogue(sum, channel, at));
  }
};

// Tile of a thread: 2x4 pixels (2x2 where the stride is 2) of four channels; of a block: 16 of those side by
// side, 32 channels, so that eight threads read a line of 128 bytes. Bound by memory: 3x3 has 18 FLOPs for
// the 8 bytes of an input and an output, 5x5 has 50, a GPU has 12 a byte or more; so each input should come
// from memory once, and a tile's halo comes from the caches. Of four blocks on a multiprocessor ptxas spills.
// x: [N, H, W, C]; w: [C, R, S]; y: [N, P, Q, C]
template <class Tile>
GRAFT_KERNEL_BOUNDED(depthwise_threads, 3)
void conv_forward_depthwise_kernel(DepthwiseStrips strips, const float* x, const float* w,
                                   StoreResult store) {
  depthwise_strip<Tile>(strips, x, w, store);
}

template <int filter, int stride>
void run(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  using Tile = DepthwiseTile<filter, stride, false>;
  const DepthwiseStrips strips = depthwise_strips<Tile>(p);
  const StoreResult store{floats(args.y), epilogue_of(p, args)};
  require_aligned("conv_forward_depthwise",
                  {floats(args.x), floats(args.w), store.epilogue.bias, store.epilogue.residual, store.y});
  launch("conv_forward_depthwise", conv_forward_depthwise_kernel<Tile>, depthwise_grid<Tile>(strips),
         {Tile::lanes, Tile::tiles}, 0, context.stream, strips, floats(args.x), floats(args.w), store);
}

}  // namespace

void conv_forward_depthwise(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  constexpr decltype(&run<3, 1>) methods[2][2] = {{run<3, 1>, run<3, 2>}, {run<5, 1>, run<5, 2>}};
  methods[p.r == 5][p.stride_h == 2](p, args, context);
}

}  // namespace graft::GRAFT_TARGET
