#include "kernels/by_channel.h"
#include "kernels/prelu/prelu_kernels.h"

namespace graft::GRAFT_TARGET {
namespace {

// by_channel_kernel: a block 32 channels, a thread four rows of four of them, whose slopes stay in registers;
// 8 bytes an element (4 in bfloat16) for two operations. Forwards x is told from itself; backwards it comes
// first and dy behind it, 12 bytes (6).
struct Slope {
  const float* slope;  // [c]

  template <int width, int last>
  struct Channels {
    Floats<width> slopes;
    GRAFT_DEVICE float operator()(int j, const float* in) const {
      return in[0] > 0 ? in[last] : slopes.at[j] * in[last];
    }
  };
};

struct Forward : Slope {
  template <int width>
  GRAFT_DEVICE Channels<width, 0> at(int64_t channel) const {
    return {load_floats<width>(slope + channel)};
  }
};

struct Backward : Slope {
  template <int width>
  GRAFT_DEVICE Channels<width, 1> at(int64_t channel) const {
    return {load_floats<width>(slope + channel)};
  }
};

// Of dy x where x is not above 0.
template <class Element>
struct SlopeTerm {
  const Element *x, *dy;
  int64_t columns;

  bool four_at_a_time() const { return GRAFT_TARGET::four_at_a_time({x, dy}, columns); }
  template <int width>
  GRAFT_DEVICE void operator()(int64_t row, int64_t column, Floats<width>* sums) const {
    const int64_t at = row * columns + column;
    const auto value = load_floats<width>(x + at), gradient = load_floats<width>(dy + at);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sums->at[i] = value.at[i] > 0 ? 0 : value.at[i] * gradient.at[i];
  }
};

template <class Element>
void forward(const PreluProblem& p, const PreluForward::Args& args, Stream& stream) {
  const float* slope = floats(args.slope);
  const bool four = four_at_a_time({args.x.data, args.y.data, slope}, p.c);
  launch_by_channel("prelu_forward_simt", Forward{{slope}}, four, elements<Element>(args.y), p.rows, p.c,
                    stream, elements<const Element>(args.x));
}

// The sums first: dx may take dy's place.
template <class Element>
void backward(const PreluProblem& p, const PreluBackward::Args& args, const RunContext& context) {
  const Element* x = elements<const Element>(args.x);
  const Element* dy = elements<const Element>(args.dy);
  if (p.wants_dslope)
    launch_column_sums<1>("prelu_gradient", SlopeTerm<Element>{x, dy, p.c}, StoreTotal{floats(args.dslope)},
                          p.rows, p.c, context.scratch, context.stream);
  if (!p.wants_dx) return;
  const float* slope = floats(args.slope);
  const bool four = four_at_a_time({x, dy, args.dx.data, slope}, p.c);
  launch_by_channel("prelu_backward_simt", Backward{{slope}}, four, elements<Element>(args.dx), p.rows, p.c,
                    context.stream, x, dy);
}

}  // namespace

void prelu_forward_simt(const PreluProblem& p, const PreluForward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { forward<decltype(element)>(p, args, context.stream); });
}

void prelu_backward_simt(const PreluProblem& p, const PreluBackward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { backward<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
