#include "kernels/by_channel.h"
#include "kernels/channel_scale/channel_scale_kernels.h"

namespace graft::GRAFT_TARGET {
namespace {

// by_channel_kernel: a block 32 channels, a thread four rows of four of them, whose factors stay in
// registers; 8 bytes an element (4 in bfloat16) for one operation.
struct Scaling {
  const float *scale, *bias;  // [c]; bias may be null

  template <int width>
  struct Channels {
    Floats<width> factor, offset;
    GRAFT_DEVICE float operator()(int j, const float* x) const { return x[0] * factor.at[j] + offset.at[j]; }
  };
  template <int width>
  GRAFT_DEVICE Channels<width> at(int64_t channel) const {
    Channels<width> channels{load_floats<width>(scale + channel), {}};
    if (bias) channels.offset = load_floats<width>(bias + channel);
    return channels;
  }
};

// Of dy x, and of dy.
template <class Element>
struct ScaleTerms {
  const Element *x, *dy;
  int64_t columns;

  bool four_at_a_time() const { return GRAFT_TARGET::four_at_a_time({x, dy}, columns); }
  template <int width>
  GRAFT_DEVICE void operator()(int64_t row, int64_t column, Floats<width>* sums) const {
    const int64_t at = row * columns + column;
    sums[0] = load_floats<width>(x + at);
    sums[1] = load_floats<width>(dy + at);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sums[0].at[i] *= sums[1].at[i];
  }
};

struct StoreScaleGradients {
  float *dscale, *dbias;  // [columns]; dbias may be null
  GRAFT_DEVICE void operator()(int64_t column, const double* sum) const {
    dscale[column] = static_cast<float>(sum[0]);
    if (dbias) dbias[column] = static_cast<float>(sum[1]);
  }
};

template <class Element>
void forward(const ChannelScaleProblem& p, const ChannelScaleForward::Args& args, Stream& stream) {
  const Scaling scaling{floats(args.scale), p.bias ? floats(args.bias) : nullptr};
  const bool four = four_at_a_time({args.x.data, args.y.data, scaling.scale, scaling.bias}, p.c);
  launch_by_channel("channel_scale_forward_simt", scaling, four, elements<Element>(args.y), p.rows, p.c,
                    stream, elements<const Element>(args.x));
}

// The sums first: dx may take dy's place.
template <class Element>
void backward(const ChannelScaleProblem& p, const ChannelScaleBackward::Args& args,
              const RunContext& context) {
  const Element* dy = elements<const Element>(args.dy);
  if (p.wants_dscale)
    launch_column_sums<2>("channel_scale_gradients",
                          ScaleTerms<Element>{elements<const Element>(args.x), dy, p.c},
                          StoreScaleGradients{floats(args.dscale), p.bias ? floats(args.dbias) : nullptr},
                          p.rows, p.c, context.scratch, context.stream);
  if (!p.wants_dx) return;
  const Scaling scaling{floats(args.scale), nullptr};
  const bool four = four_at_a_time({dy, args.dx.data, scaling.scale}, p.c);
  launch_by_channel("channel_scale_backward_simt", scaling, four, elements<Element>(args.dx), p.rows, p.c,
                    context.stream, dy);
}

}  // namespace

void channel_scale_forward_simt(const ChannelScaleProblem& p, const ChannelScaleForward::Args& args,
                                const RunContext& context) {
  with_element(p.dtype, [&](auto element) { forward<decltype(element)>(p, args, context.stream); });
}

void channel_scale_backward_simt(const ChannelScaleProblem& p, const ChannelScaleBackward::Args& args,
                                 const RunContext& context) {
  with_element(p.dtype, [&](auto element) { backward<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
