#include "kernels/conv/depthwise_strips.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// y = activation(sum + bias + residual); bias [C] and residual (like y) may be null.
struct DepthwiseEpilogue {
  const float *bias, *residual;
  float* y;
  Activation activation;

  template <int width>
  GRAFT_DEVICE void operator()(int channel, int64_t at, Floats<width> sum) const {
    if (bias) add(sum, load_floats<width>(bias + channel));
    if (residual) add(sum, load_floats<width>(residual + at));
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sum.at[i] = activate(activation, sum.at[i]);
    store_floats(y + at, sum);
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
                                   DepthwiseEpilogue epilogue) {
  depthwise_strip<Tile>(strips, x, w, epilogue);
}

template <int filter, int stride>
void run(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  using Tile = DepthwiseTile<filter, stride, false>;
  const DepthwiseStrips strips = depthwise_strips<Tile>(p);
  const DepthwiseEpilogue epilogue{p.bias ? floats(args.bias) : nullptr,
                                   p.residual ? floats(args.residual) : nullptr, floats(args.y),
                                   p.activation};
  require_aligned("conv_forward_depthwise",
                  {floats(args.x), floats(args.w), epilogue.bias, epilogue.residual, epilogue.y});
  launch("conv_forward_depthwise", conv_forward_depthwise_kernel<Tile>, depthwise_grid<Tile>(strips),
         {Tile::lanes, Tile::tiles}, 0, context.stream, strips, floats(args.x), floats(args.w), epilogue);
}

}  // namespace

void conv_forward_depthwise(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  constexpr decltype(&run<3, 1>) methods[2][2] = {{run<3, 1>, run<3, 2>}, {run<5, 1>, run<5, 2>}};
  methods[p.r == 5][p.stride_h == 2](p, args, context);
}

}  // namespace graft::GRAFT_TARGET
