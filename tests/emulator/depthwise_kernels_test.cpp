#include "emulator/accepts.h"
#include "emulator/op_check.h"
#include "kernels/conv/conv.h"

namespace graft {
namespace {

using test::Operand;
using test::Role;

ConvProblem depthwise(int64_t n, int64_t h, int64_t w, int64_t c, int64_t filter, int64_t stride) {
  const int64_t pad = filter / 2;
  return {.n = n,
          .h = h,
          .w = w,
          .c = c,
          .k = c,
          .r = filter,
          .s = filter,
          .stride_h = stride,
          .stride_w = stride,
          .pad_top = pad,
          .pad_left = pad,
          .pad_bottom = pad,
          .pad_right = pad,
          .groups = c};
}

ConvProblem padded(ConvProblem p, int64_t top, int64_t left, int64_t bottom, int64_t right) {
  p.pad_top = top;
  p.pad_left = left;
  p.pad_bottom = bottom;
  p.pad_right = right;
  return p;
}

ConvProblem finished(ConvProblem p, bool bias, bool residual, Activation activation) {
  p.bias = bias;
  p.residual = residual;
  p.activation = activation;
  return p;
}

// For both filters and strides: one pixel, primes, whole tiles, SAME padding of even sizes, no padding, more
// padding than the filter is wide, channels that fill a block's 32 or begin another.
std::vector<ConvProblem> problems() {
  std::vector<ConvProblem> list;
  for (const int64_t filter : {3, 5})
    for (const int64_t stride : {1, 2}) {
      const int64_t half = filter / 2;
      list.push_back(depthwise(1, 1, 1, 4, filter, stride));
      list.push_back(finished(depthwise(2, 7, 11, 36, filter, stride), true, true, Activation::relu6));
      list.push_back(finished(depthwise(1, 16, 8, 32, filter, stride), true, false, Activation::none));
      list.push_back(finished(padded(depthwise(1, 8, 10, 12, filter, stride), half - 1, half - 1, half, half),
                              false, true, Activation::relu));
      list.push_back(padded(depthwise(2, 9, 5, 8, filter, stride), 0, 0, 0, 0));
      list.push_back(padded(depthwise(1, 3, 4, 8, filter, stride), filter, filter + 1, 1, 0));
    }
  return list;
}

Shape input(const ConvProblem& p) { return {p.n, p.h, p.w, p.c}; }
Shape filters(const ConvProblem& p) { return {p.k, p.r, p.s, 1}; }
Shape output(const ConvProblem& p) { return {p.n, p.p(), p.q(), p.k}; }

std::vector<double> numbers(const Shape& shape, unsigned seed, bool whole) {
  return whole ? test::whole_numbers(shape.count(), seed) : test::real_numbers(shape.count(), seed);
}

// Exact, then real numbers; `operands(seeded numbers)` of the problem.
template <class Op, class Operands>
void check(const ConvProblem& p, const std::vector<TensorView Op::Args::*>& activations,
           const Operands& operands) {
  constexpr int methods = 2;  // depthwise, and direct
  CAPTURE(p);
  CHECK(test::accepts<Op>("depthwise", p));
  test::check_op_in_both<Op>(p, operands(true), activations, test::exact, methods);
  test::check_op_in_both<Op>(p, operands(false), activations, test::float32_sums, methods);
}

TEST_CASE("kernels: depthwise forward") {
  using Args = ConvForward::Args;
  for (const ConvProblem& p : problems())
    check<ConvForward>(p, {&Args::x, &Args::w, &Args::residual, &Args::y}, [&](bool whole) {
      std::vector<Operand<ConvForward>> operands = {
          {&Args::x, input(p), Role::input, numbers(input(p), 1, whole)},
          {&Args::w, filters(p), Role::input, numbers(filters(p), 2, whole)},
          {&Args::y, output(p), Role::output}};
      if (p.bias) operands.push_back({&Args::bias, {p.k}, Role::input, numbers({p.k}, 3, whole)});
      if (p.residual)
        operands.push_back({&Args::residual, output(p), Role::input, numbers(output(p), 4, whole)});
      return operands;
    });
}

TEST_CASE("kernels: depthwise backward, data") {
  using Args = ConvBackwardData::Args;
  for (const ConvProblem& p : problems())
    check<ConvBackwardData>(p, {&Args::dy, &Args::w, &Args::dx},
                            [&](bool whole) -> std::vector<Operand<ConvBackwardData>> {
                              return {{&Args::dy, output(p), Role::input, numbers(output(p), 1, whole)},
                                      {&Args::w, filters(p), Role::input, numbers(filters(p), 2, whole)},
                                      {&Args::dx, input(p), Role::output}};
                            });
}

// So many tiles that a thread makes a strip of two, and the last strip has one tile only.
TEST_CASE("kernels: depthwise in strips") {
  const ConvProblem p = depthwise(1, 361, 363, 4, 5, 1);
  const auto in = numbers(input(p), 1, true), w = numbers(filters(p), 2, true);
  test::check_op<ConvForward>(p,
                              {{&ConvForward::Args::x, input(p), Role::input, in},
                               {&ConvForward::Args::w, filters(p), Role::input, w},
                               {&ConvForward::Args::y, output(p), Role::output}},
                              test::exact);
  test::check_op<ConvBackwardData>(p,
                                   {{&ConvBackwardData::Args::dy, output(p), Role::input, in},
                                    {&ConvBackwardData::Args::w, filters(p), Role::input, w},
                                    {&ConvBackwardData::Args::dx, input(p), Role::output}},
                                   test::exact);
}

TEST_CASE("kernels: depthwise backward, weights") {
  using Args = ConvBackwardWeights::Args;
  std::vector<ConvProblem> list = problems();
  // So many pixels that they are cut into parts.
  for (const int64_t filter : {3, 5})
    for (const int64_t stride : {1, 2})
      list.push_back(finished(depthwise(3, 23, 31, 8, filter, stride), filter == 3, false, Activation::none));
  for (const ConvProblem& p : list)
    check<ConvBackwardWeights>(p, {&Args::x, &Args::dy}, [&](bool whole) {
      std::vector<Operand<ConvBackwardWeights>> operands = {
          {&Args::x, input(p), Role::input, numbers(input(p), 1, whole)},
          {&Args::dy, output(p), Role::input, numbers(output(p), 2, whole)},
          {&Args::dw, filters(p), Role::output}};
      if (p.bias) operands.push_back({&Args::dbias, {p.k}, Role::output});
      return operands;
    });
}

TEST_CASE("kernels: depthwise leaves other shapes to direct, and refuses more than 32 bits") {
  const ConvProblem p = depthwise(1, 8, 8, 8, 3, 1);
  CHECK(test::accepts<ConvForward>("depthwise", p));
  const auto refused = [&](const auto& change) {
    ConvProblem other = p;
    change(other);
    CHECK_FALSE(test::accepts<ConvForward>("depthwise", other));
    CHECK_FALSE(test::accepts<ConvBackwardData>("depthwise", other));
    CHECK_FALSE(test::accepts<ConvBackwardWeights>("depthwise", other));
  };
  refused([](ConvProblem& q) { q.c = q.k = q.groups = 6; });
  refused([](ConvProblem& q) { q.k = 16; });
  refused([](ConvProblem& q) { q.s = 5; });
  refused([](ConvProblem& q) { q.r = q.s = 7; });
  refused([](ConvProblem& q) { q.stride_w = 2; });
  refused([](ConvProblem& q) { q.stride_h = q.stride_w = 3; });
  refused([](ConvProblem& q) { q.dilation_h = 2; });
  refused([](ConvProblem& q) { q.n = int64_t{1} << 26; });
  refused([](ConvProblem& q) { q.c = q.k = q.groups = int64_t{1} << 26; });
}

}  // namespace
}  // namespace graft
