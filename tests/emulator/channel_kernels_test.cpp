#include "emulator/op_check.h"
#include "kernels/channel_scale/channel_scale.h"
#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/elementwise/slice_gradient.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/prelu/prelu.h"
#include "kernels/upsample/upsample.h"

namespace graft {
namespace {

using test::check_op_in_both;
using test::exact;
using test::float32_sums;
using test::real_numbers;
using test::Role;
using test::whole_numbers;

template <class Op>
test::Operand<Op> whole(TensorView Op::Args::*member, const Shape& shape, unsigned seed, int64_t offset = 0) {
  return {member, shape, Role::input, whole_numbers(shape.count(), seed), DType::float32, 0, offset};
}
template <class Op>
test::Operand<Op> real(TensorView Op::Args::*member, const Shape& shape, unsigned seed, double low = -1) {
  return {member, shape, Role::input, real_numbers(shape.count(), seed, low, 1)};
}
template <class Op>
test::Operand<Op> output(TensorView Op::Args::*member, const Shape& shape, int64_t offset = 0) {
  return {member, shape, Role::output, {}, DType::float32, 0, offset};
}

// Rows of whole fours that are aligned, and what is not.
struct Layout {
  int64_t rows, c, offset;
};
constexpr Layout layouts[] = {{5, 3, 0}, {70, 36, 0}, {70, 36, 1}, {45, 21, 0}, {550, 8, 4}};

TEST_CASE("kernels: scale by channel and its gradients") {
  using F = ChannelScaleForward;
  using B = ChannelScaleBackward;
  for (const auto& [rows, c, offset] : layouts) {
    const ChannelScaleProblem p{.rows = rows, .c = c, .bias = true};
    const Shape x{rows, c};
    check_op_in_both<F>(p,
                        {whole<F>(&F::Args::x, x, 1, offset), whole<F>(&F::Args::scale, {c}, 2),
                         whole<F>(&F::Args::bias, {c}, 3), output<F>(&F::Args::y, x)},
                        {&F::Args::x, &F::Args::y}, exact);
    check_op_in_both<B>(
        p,
        {whole<B>(&B::Args::x, x, 1), whole<B>(&B::Args::scale, {c}, 2), whole<B>(&B::Args::dy, x, 5, offset),
         output<B>(&B::Args::dx, x), output<B>(&B::Args::dscale, {c}), output<B>(&B::Args::dbias, {c})},
        {&B::Args::x, &B::Args::dy, &B::Args::dx}, exact);
  }
}

TEST_CASE("kernels: prelu and its gradients") {
  using F = PreluForward;
  using B = PreluBackward;
  for (const auto& [rows, c, offset] : layouts) {
    const PreluProblem p{.rows = rows, .c = c};
    const Shape x{rows, c};
    const auto values = whole_numbers(rows * c, 1);
    check_op_in_both<F>(p,
                        {{&F::Args::x, x, Role::input, values, DType::float32, 0, offset},
                         whole<F>(&F::Args::slope, {c}, 2),
                         output<F>(&F::Args::y, x)},
                        {&F::Args::x, &F::Args::y}, exact);
    check_op_in_both<B>(p,
                        {{&B::Args::x, x, Role::input, values},
                         whole<B>(&B::Args::slope, {c}, 2),
                         whole<B>(&B::Args::dy, x, 5, offset),
                         output<B>(&B::Args::dx, x),
                         output<B>(&B::Args::dslope, {c})},
                        {&B::Args::x, &B::Args::dy, &B::Args::dx}, exact);
  }
}

TEST_CASE("kernels: channel shuffle, and the gradient of a slice") {
  using S = ChannelShuffle;
  for (const auto& [rows, c, groups] :
       {std::array<int64_t, 3>{40, 24, 2}, {40, 24, 12}, {33, 21, 3}, {300, 8, 2}})
    for (const int64_t offset : {0, 1})
      check_op_in_both<S>({rows, c, groups},
                          {whole<S>(&S::Args::x, {rows, c}, 1), output<S>(&S::Args::y, {rows, c}, offset)},
                          {&S::Args::x, &S::Args::y}, exact);
  using G = SliceGradient;
  for (const auto& [rows, c, first, count] :
       {std::array<int64_t, 4>{40, 24, 8, 12}, {40, 24, 3, 12}, {33, 21, 0, 20}, {300, 8, 4, 4}})
    check_op_in_both<G>({rows, c, first, count},
                        {whole<G>(&G::Args::dy, {rows, count}, 1), output<G>(&G::Args::dx, {rows, c})},
                        {&G::Args::dy, &G::Args::dx}, exact);
}

TEST_CASE("kernels: upsampling and its gradient") {
  using F = UpsampleForward;
  using B = UpsampleBackward;
  for (const UpsampleProblem& p : {UpsampleProblem{2, 3, 5, 8, 2}, {1, 4, 3, 5, 3}, {1, 2, 2, 36, 1}}) {
    const Shape x{p.n, p.h, p.w, p.c}, y{p.n, p.h * p.factor, p.w * p.factor, p.c};
    check_op_in_both<F>(p, {whole<F>(&F::Args::x, x, 1), output<F>(&F::Args::y, y)},
                        {&F::Args::x, &F::Args::y}, exact);
    check_op_in_both<B>(p, {whole<B>(&B::Args::dy, y, 1), output<B>(&B::Args::dx, x)},
                        {&B::Args::dy, &B::Args::dx}, exact);
  }
}

TEST_CASE("kernels: layer norm and its gradients") {
  using F = LayerNormForward;
  using B = LayerNormBackward;
  for (const auto& [rows, c] : {std::array<int64_t, 2>{3, 2}, {20, 96}, {9, 133}, {300, 20}}) {
    const LayerNormProblem p{.rows = rows, .c = c, .epsilon = 1e-5};
    const Shape x{rows, c};
    check_op_in_both<F>(
        p,
        {real<F>(&F::Args::x, x, 1), real<F>(&F::Args::scale, {c}, 2, 0.5), real<F>(&F::Args::shift, {c}, 3),
         output<F>(&F::Args::y, x), output<F>(&F::Args::mean, {rows}), output<F>(&F::Args::variance, {rows})},
        {&F::Args::x, &F::Args::y}, float32_sums);
    check_op_in_both<B>(
        p,
        {real<B>(&B::Args::x, x, 1), real<B>(&B::Args::dy, x, 2), real<B>(&B::Args::scale, {c}, 3, 0.5),
         real<B>(&B::Args::mean, {rows}, 4, 0.5), real<B>(&B::Args::variance, {rows}, 5, 0.2),
         output<B>(&B::Args::dx, x), output<B>(&B::Args::dscale, {c}), output<B>(&B::Args::dshift, {c})},
        {&B::Args::x, &B::Args::dy, &B::Args::dx}, float32_sums);
  }
}

TEST_CASE("kernels: local response norm and its gradient") {
  using F = LocalResponseNormForward;
  using B = LocalResponseNormBackward;
  for (const auto& [rows, c, size] :
       {std::array<int64_t, 3>{1, 1, 5}, {6, 96, 5}, {5, 130, 4}, {3, 70, 31}, {2, 64, 32}}) {
    const LocalResponseNormProblem p{.rows = rows, .c = c, .size = size, .alpha = 0.5, .beta = 0.75, .k = 1};
    const Shape x{rows, c};
    check_op_in_both<F>(p, {real<F>(&F::Args::x, x, 1), output<F>(&F::Args::y, x)},
                        {&F::Args::x, &F::Args::y}, float32_sums);
    check_op_in_both<B>(p,
                        {real<B>(&B::Args::x, x, 1), real<B>(&B::Args::dy, x, 2), output<B>(&B::Args::dx, x)},
                        {&B::Args::x, &B::Args::dy, &B::Args::dx}, float32_sums);
  }
}

}  // namespace
}  // namespace graft
