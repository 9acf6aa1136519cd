#include "kernels/activation/activation_kernels.h"
#include "kernels/byte_vector.h"
#include "kernels/column_reduce.h"
#include "kernels/map.h"

namespace graft::GRAFT_TARGET {
namespace {

// 8 bytes an element (4 in bfloat16) and at most some 20 instructions: bound by memory.
struct Forward {
  Activation activation;
  GRAFT_DEVICE float operator()(float x) const { return activate(activation, x); }
};

// 5 bytes an element, or 3.
struct Side {
  Activation activation;
  GRAFT_DEVICE float operator()(float y) const { return passes(activation, y) ? 1 : 0; }
};

// 12 bytes an element, or 6; behind a mask 9, or 5.
struct Backward {
  Activation activation;
  GRAFT_DEVICE float operator()(float saved, float dy) const {
    return activation_gradient(activation, saved, dy);
  }
};

// The same, and its sums over rows.
template <class Saved, class Element>
struct SummedBackward {
  Backward gradient;
  const Saved* saved;
  const Element* dy;
  Element* dx;
  int64_t columns;

  bool four_at_a_time() const { return GRAFT_TARGET::four_at_a_time({saved, dy, dx}, columns); }
  template <int width>
  GRAFT_DEVICE void operator()(int64_t row, int64_t column, Floats<width>* sums) const {
    const auto at = load_floats<width>(saved + row * columns + column);
    *sums = load_floats<width>(dy + row * columns + column);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sums->at[i] = gradient(at.at[i], sums->at[i]);
  }
  template <int width>
  GRAFT_DEVICE void keep(int64_t row, int64_t column, const Floats<width>* sums) const {
    store_floats(dx + row * columns + column, *sums);
  }
};

template <class Element>
void forward(const ActivationProblem& p, const ActivationForward::Args& args, Stream& stream) {
  launch_map("activation_forward_simt", Forward{p.activation}, elements<Element>(args.y),
             p.n * p.h * p.w * p.c, stream, elements<const Element>(args.x));
}

template <class Element>
void mask(const ActivationProblem& p, const ActivationMask::Args& args, Stream& stream) {
  launch_map("activation_mask_simt", Side{p.activation}, bytes(args.mask), p.n * p.h * p.w * p.c, stream,
             elements<const Element>(args.y));
}

template <class Element, class Saved>
void backward(const ActivationProblem& p, const Saved* saved, const ActivationBackward::Args& args,
              const RunContext& context) {
  const Backward gradient{p.masked ? of_side(p.activation) : p.activation};
  const auto* dy = elements<const Element>(args.dy);
  Element* dx = elements<Element>(args.dx);
  if (p.dbias)
    launch_column_sums<1>(
        "activation_backward_sums", SummedBackward<Saved, Element>{gradient, saved, dy, dx, p.c},
        StoreTotal{floats(args.dbias)}, p.n * p.h * p.w, p.c, context.scratch, context.stream);
  else
    launch_map("activation_backward_simt", gradient, dx, p.n * p.h * p.w * p.c, context.stream, saved, dy);
}

}  // namespace

void activation_forward_simt(const ActivationProblem& p, const ActivationForward::Args& args,
                             const RunContext& context) {
  with_element(p.dtype, [&](auto element) { forward<decltype(element)>(p, args, context.stream); });
}

void activation_mask_simt(const ActivationProblem& p, const ActivationMask::Args& args,
                          const RunContext& context) {
  with_element(p.dtype, [&](auto element) { mask<decltype(element)>(p, args, context.stream); });
}

void activation_backward_simt(const ActivationProblem& p, const ActivationBackward::Args& args,
                              const RunContext& context) {
  with_element(p.dtype, [&](auto element) {
    using Element = decltype(element);
    const TensorView& saved = gradient_reads_input(p.activation) ? args.x : args.y;
    if (p.masked)
      backward<Element>(p, elements<const uint8_t>(saved), args, context);
    else
      backward<Element>(p, elements<const Element>(saved), args, context);
  });
}

}  // namespace graft::GRAFT_TARGET
