#include "emulator/accepts.h"
#include "emulator/op_check.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/batch_norm_fold/batch_norm_fold.h"

namespace graft {
namespace {

using test::check_op_in_both;
using test::float32_sums;
using test::real_numbers;
using test::Role;

BatchNormProblem batch_norm(int64_t rows, int64_t c, bool batch_statistics,
                            Activation activation = Activation::none) {
  return {
      .rows = rows, .c = c, .epsilon = 1e-3, .batch_statistics = batch_statistics, .activation = activation};
}

// One channel a thread, and four; a block's 32 channels and more; less and more than a slice of rows, whole
// rows of threads and a rest.
const std::pair<int64_t, int64_t> sizes[] = {{2, 1},  {2, 4},   {50, 7},    {37, 12},
                                             {3, 68}, {64, 32}, {1000, 33}, {1543, 40}};

const std::vector<TensorView BatchNormForward::Args::*> forward_activations = {&BatchNormForward::Args::x,
                                                                               &BatchNormForward::Args::y};

std::vector<test::Operand<BatchNormForward>> forward_operands(const BatchNormProblem& p,
                                                              const std::vector<double>& values) {
  using Args = BatchNormForward::Args;
  const Shape x{p.rows, p.c};
  const Role running = p.batch_statistics ? Role::updated : Role::input;
  std::vector<test::Operand<BatchNormForward>> operands = {
      {&Args::x, x, Role::input, values},
      {&Args::scale, {p.c}, Role::input, real_numbers(p.c, 2, 0.5, 2)},
      {&Args::shift, {p.c}, Role::input, real_numbers(p.c, 3)},
      {&Args::running_mean, {p.c}, running, real_numbers(p.c, 4)},
      {&Args::running_variance, {p.c}, running, real_numbers(p.c, 5, 0.5, 2)},
      {&Args::y, x, Role::output}};
  if (p.batch_statistics) operands.push_back({&Args::mean, {p.c}, Role::output});
  if (p.batch_statistics) operands.push_back({&Args::inverse_deviation, {p.c}, Role::output});
  return operands;
}

TEST_CASE("kernels: batch norm forward") {
  for (const auto& [rows, c] : sizes)
    for (const bool batch : {false, true}) {
      const BatchNormProblem p =
          batch_norm(rows, c, batch, rows == 50 ? Activation::relu6 : Activation::none);
      CHECK(test::accepts<BatchNormForward>("simt", p));
      check_op_in_both<BatchNormForward>(p, forward_operands(p, real_numbers(rows * c, 1, 2, 5)),
                                         forward_activations, float32_sums);
    }
}

// A mean of 100 deviations, which drifts along the rows, behind a first row that is far from all others: sums
// of x or of x - x[0], squared, would lose three digits of the variance and more.
TEST_CASE("kernels: batch statistics in one pass do not cancel") {
  for (const auto& [rows, c] : {std::pair<int64_t, int64_t>{3000, 8}, {700, 5}}) {
    std::vector<double> x = real_numbers(rows * c, 1, 99, 101);
    for (int64_t i = 0; i < rows * c; ++i)
      x[static_cast<size_t>(i)] =
          static_cast<float>(x[static_cast<size_t>(i)] + static_cast<double>(i / c) / rows);
    for (int64_t i = 0; i < c; ++i) x[static_cast<size_t>(i)] = 140;
    const BatchNormProblem p = batch_norm(rows, c, true);
    check_op_in_both<BatchNormForward>(p, forward_operands(p, x), forward_activations, float32_sums);
  }
}

TEST_CASE("kernels: batch norm of equal values") {
  const BatchNormProblem p = batch_norm(600, 8, true);
  const auto outcome = check_op_in_both<BatchNormForward>(
      p, forward_operands(p, std::vector<double>(600 * 8, 3.25)), forward_activations, float32_sums);
  CHECK(outcome.values[7][0] == doctest::Approx(1 / std::sqrt(1e-3)));
}

TEST_CASE("kernels: batch norm backward") {
  using Args = BatchNormBackward::Args;
  for (const auto& [rows, c] : sizes)
    for (int flags = 1; flags < 16; ++flags) {
      BatchNormProblem p = batch_norm(rows, c, flags & 4);
      p.wants_dx = flags & 1;
      p.wants_dscale = flags & 2;
      if (!p.wants_dx && !p.wants_dscale) continue;
      if (flags & 8) p.activation = Activation::relu6;
      CHECK(test::accepts<BatchNormBackward>("simt", p));
      const Shape x{rows, c};
      std::vector<test::Operand<BatchNormBackward>> operands = {
          {&Args::x, x, Role::input, real_numbers(x.count(), 1, 2, 5)},
          {&Args::dy, x, Role::input, real_numbers(x.count(), 6)},
          {&Args::scale, {c}, Role::input, real_numbers(c, 2, 0.5, 2)}};
      if (flags & 8) operands.push_back({&Args::shift, {c}, Role::input, real_numbers(c, 7, 2, 4)});
      const std::vector<double> mean = real_numbers(c, 4, 3, 4), spread = real_numbers(c, 5, 0.5, 2);
      operands.push_back({p.batch_statistics ? &Args::mean : &Args::running_mean, {c}, Role::input, mean});
      operands.push_back({p.batch_statistics ? &Args::inverse_deviation : &Args::running_variance,
                          {c},
                          Role::input,
                          spread});
      if (p.wants_dx) operands.push_back({&Args::dx, x, Role::output});
      if (p.wants_dscale) operands.push_back({&Args::dscale, {c}, Role::output});
      if (p.wants_dscale) operands.push_back({&Args::dshift, {c}, Role::output});
      check_op_in_both<BatchNormBackward>(p, operands, {&Args::x, &Args::dy, &Args::dx}, float32_sums);
    }
}

// Filters of whole fours that are aligned, and others; fewer weights than a warp has lanes, and many more.
TEST_CASE("kernels: batch norm folded into filters, and its gradients") {
  using F = BatchNormFoldForward;
  using B = BatchNormFoldBackward;
  const auto input = [](auto member, const Shape& shape, unsigned seed, double low = -1) {
    return std::tuple{member, shape, Role::input, real_numbers(shape.count(), seed, low, 2)};
  };
  const auto of = [](auto op, auto tuple) {
    return std::make_from_tuple<test::Operand<decltype(op)>>(tuple);
  };
  for (const auto& [k, per_output] :
       {std::pair<int64_t, int64_t>{1, 1}, {20, 9}, {33, 36}, {5, 1155}, {11, 512}})
    for (const bool bias : {false, true}) {
      const BatchNormFoldProblem p{k, per_output, 1e-3, bias};
      const Shape w{k, per_output}, each{k};
      std::vector<test::Operand<F>> forward;
      for (const auto& operand :
           {input(&F::Args::w, w, 1), input(&F::Args::scale, each, 2), input(&F::Args::shift, each, 3),
            input(&F::Args::mean, each, 4), input(&F::Args::variance, each, 5, 0.5)})
        forward.push_back(of(F(), operand));
      if (bias) forward.push_back(of(F(), input(&F::Args::bias, each, 6)));
      forward.push_back({&F::Args::folded_w, w, Role::output});
      forward.push_back({&F::Args::folded_bias, each, Role::output});
      test::check_op<F>(p, forward, float32_sums);
      std::vector<test::Operand<B>> backward;
      for (const auto& operand :
           {input(&B::Args::w, w, 1), input(&B::Args::scale, each, 2), input(&B::Args::mean, each, 4),
            input(&B::Args::variance, each, 5, 0.5), input(&B::Args::dfolded_bias, each, 7)})
        backward.push_back(of(B(), operand));
      if (bias) backward.push_back(of(B(), input(&B::Args::bias, each, 6)));
      backward.push_back({&B::Args::dw, w, Role::updated, real_numbers(k * per_output, 8)});
      backward.push_back({&B::Args::dscale, each, Role::output});
      if (bias) backward.push_back({&B::Args::dbias, each, Role::output});
      test::check_op<B>(p, backward, float32_sums);
    }
}

}  // namespace
}  // namespace graft
