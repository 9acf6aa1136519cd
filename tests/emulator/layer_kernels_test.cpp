#include "emulator/op_check.h"
#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/dense.h"
#include "kernels/pool/pool.h"

namespace graft {
namespace {

using test::check_op;
using test::exact;
using test::float32_sums;
using test::real_numbers;
using test::Role;
using test::whole_numbers;

TEST_CASE("kernels: activations") {
  for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6}) {
    const ActivationProblem p{2, 5, 7, 9, activation};
    const Shape shape{2, 5, 7, 9};
    check_op<ActivationForward>(p,
                                {{&ActivationForward::Args::x, shape, Role::input, whole_numbers(630, 1, 9)},
                                 {&ActivationForward::Args::y, shape, Role::output}},
                                exact);
    check_op<ActivationBackward>(
        p,
        {{&ActivationBackward::Args::y, shape, Role::input, whole_numbers(630, 1, 9)},
         {&ActivationBackward::Args::dy, shape, Role::input, whole_numbers(630, 2)},
         {&ActivationBackward::Args::dx, shape, Role::output}},
        exact);
  }
}

TEST_CASE("kernels: add, and copy between slices of channels") {
  for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6})
    check_op<Add>({1000, activation},
                  {{&Add::Args::a, {1000}, Role::input, whole_numbers(1000, 1)},
                   {&Add::Args::b, {1000}, Role::input, whole_numbers(1000, 2)},
                   {&Add::Args::y, {1000}, Role::output}},
                  exact);
  const Shape shape{2, 3, 5, 7};
  for (const int64_t from : {7, 11})
    for (const int64_t to : {7, 16})
      check_op<Copy>({30, 7},
                     {{&Copy::Args::x, shape, Role::input, whole_numbers(30 * from, 1), DType::float32, from},
                      {&Copy::Args::y, shape, Role::output, {}, DType::float32, to}},
                     exact);
  check_op<Copy>(
      {30, 7},
      {{&Copy::Args::x, {210}, Role::input, whole_numbers(210, 1)}, {&Copy::Args::y, {210}, Role::output}},
      exact);
}

TEST_CASE("kernels: dropout draws the reference's numbers") {
  for (const int64_t count : {4000, 4003})
    for (const uint64_t step : {0, 7}) {
      const StepState state{.seed = 0x123456789abcdef, .step = step};
      const auto outcome =
          check_op<Dropout>({count, 0.2, 3},
                            {{&Dropout::Args::x, {count}, Role::input, real_numbers(count, 1, 1, 2)},
                             {&Dropout::Args::y, {count}, Role::output}},
                            {1e-13}, 1, state);
      const auto dropped = std::count(outcome.values[1].begin(), outcome.values[1].end(), 0.0);
      CHECK(dropped > count * 0.15);
      CHECK(dropped < count * 0.25);
    }
}

void check_pool(const PoolProblem& p) {
  const Shape in{p.n, p.h, p.w, p.c}, out{p.n, p.p, p.q, p.c};
  const bool max = p.kind == PoolKind::max;
  std::vector<test::Operand<PoolForward>> forward = {
      {&PoolForward::Args::x, in, Role::input, whole_numbers(in.count(), 1)},
      {&PoolForward::Args::y, out, Role::output}};
  if (p.saves_places) forward.push_back({&PoolForward::Args::places, out, Role::output, {}, DType::uint8});
  const auto outcome = check_op<PoolForward>(p, forward, max ? exact : float32_sums);
  if (max && !p.saves_places) return;
  std::vector<test::Operand<PoolBackward>> backward = {
      {&PoolBackward::Args::dy, out, Role::input, whole_numbers(out.count(), 2)},
      {&PoolBackward::Args::dx, in, Role::output}};
  if (max)
    backward.push_back({&PoolBackward::Args::places, out, Role::input, outcome.values[2], DType::uint8});
  check_op<PoolBackward>(p, backward, max ? exact : float32_sums);
}

TEST_CASE("kernels: pooling") {
  for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
    const bool places = kind == PoolKind::max;
    check_pool({.kind = kind,
                .n = 2,
                .h = 11,
                .w = 9,
                .c = 5,
                .p = 6,
                .q = 5,
                .r = 3,
                .s = 3,
                .stride_h = 2,
                .stride_w = 2,
                .pad_top = 1,
                .pad_left = 1,
                .pad_bottom = 1,
                .pad_right = 1,
                .saves_places = places});
    check_pool({.kind = kind,
                .n = 1,
                .h = 8,
                .w = 8,
                .c = 3,
                .p = 4,
                .q = 4,
                .r = 2,
                .s = 2,
                .stride_h = 2,
                .stride_w = 2,
                .saves_places = places});
    check_pool({.kind = kind,
                .n = 1,
                .h = 7,
                .w = 10,
                .c = 4,
                .p = 7,
                .q = 3,
                .r = 3,
                .s = 2,
                .stride_h = 1,
                .stride_w = 4,
                .pad_top = 1,
                .pad_left = 0,
                .pad_bottom = 1,
                .pad_right = 0,
                .saves_places = places});  // gaps
    check_pool({.kind = kind,
                .n = 1,
                .h = 6,
                .w = 6,
                .c = 2,
                .p = 4,
                .q = 4,
                .r = 3,
                .s = 3,
                .stride_h = 2,
                .stride_w = 2,
                .pad_top = 1,
                .pad_left = 1,
                .pad_bottom = 2,
                .pad_right = 2,
                .count_padding = true,
                .saves_places = places});  // the last window reaches beyond the padding
  }
  check_pool({.kind = PoolKind::max,
              .n = 1,
              .h = 6,
              .w = 6,
              .c = 2,
              .p = 3,
              .q = 3,
              .r = 2,
              .s = 2,
              .stride_h = 2,
              .stride_w = 2});
  for (const auto& [p, q] : {std::pair{1, 1}, {3, 2}, {7, 10}, {10, 13}})
    check_pool(
        {.kind = PoolKind::average, .n = 2, .h = 7, .w = 10, .c = 6, .p = p, .q = q, .adaptive = true});
}

TEST_CASE("kernels: dense") {
  for (const auto& [n, inputs, outputs] :
       {std::array<int64_t, 3>{1, 5, 3}, {3, 130, 70}, {70, 64, 65}, {600, 20, 10}})
    for (const bool whole : {true, false}) {
      const DenseProblem p{.n = n,
                           .inputs = inputs,
                           .outputs = outputs,
                           .bias = n != 3,
                           .activation = n == 70 ? Activation::relu : Activation::none};
      const auto numbers = [&](int64_t count, unsigned seed) {
        return whole ? whole_numbers(count, seed) : real_numbers(count, seed);
      };
      const test::Tolerance tolerance = whole ? exact : float32_sums;
      const Shape x{n, inputs}, w{outputs, inputs}, y{n, outputs};
      std::vector<test::Operand<DenseForward>> forward = {
          {&DenseForward::Args::x, x, Role::input, numbers(x.count(), 1)},
          {&DenseForward::Args::w, w, Role::input, numbers(w.count(), 2)},
          {&DenseForward::Args::y, y, Role::output}};
      if (p.bias) forward.push_back({&DenseForward::Args::bias, {outputs}, Role::input, numbers(outputs, 3)});
      check_op<DenseForward>(p, forward, tolerance);
      check_op<DenseBackwardData>(p,
                                  {{&DenseBackwardData::Args::dy, y, Role::input, numbers(y.count(), 1)},
                                   {&DenseBackwardData::Args::w, w, Role::input, numbers(w.count(), 2)},
                                   {&DenseBackwardData::Args::dx, x, Role::output}},
                                  tolerance);
      std::vector<test::Operand<DenseBackwardWeights>> weights = {
          {&DenseBackwardWeights::Args::x, x, Role::input, numbers(x.count(), 1)},
          {&DenseBackwardWeights::Args::dy, y, Role::input, numbers(y.count(), 2)},
          {&DenseBackwardWeights::Args::dw, w, Role::output}};
      if (p.bias) weights.push_back({&DenseBackwardWeights::Args::dbias, {outputs}, Role::output});
      check_op<DenseBackwardWeights>(p, weights, tolerance);
    }
}

BatchNormProblem batch_norm(int64_t rows, int64_t c, bool batch_statistics,
                            Activation activation = Activation::none) {
  return {
      .rows = rows, .c = c, .epsilon = 1e-3, .batch_statistics = batch_statistics, .activation = activation};
}

TEST_CASE("kernels: batch norm forward") {
  using Args = BatchNormForward::Args;
  for (const auto& [rows, c] : {std::pair<int64_t, int64_t>{2, 1}, {50, 7}, {1000, 33}})
    for (const bool batch : {false, true}) {
      const BatchNormProblem p =
          batch_norm(rows, c, batch, rows == 50 ? Activation::relu6 : Activation::none);
      const Shape x{rows, c};
      std::vector<test::Operand<BatchNormForward>> operands = {
          {&Args::x, x, Role::input, real_numbers(x.count(), 1, 2, 5)},
          {&Args::scale, {c}, Role::input, real_numbers(c, 2, 0.5, 2)},
          {&Args::shift, {c}, Role::input, real_numbers(c, 3)},
          {&Args::running_mean, {c}, batch ? Role::updated : Role::input, real_numbers(c, 4)},
          {&Args::running_variance, {c}, batch ? Role::updated : Role::input, real_numbers(c, 5, 0.5, 2)},
          {&Args::y, x, Role::output}};
      if (batch) operands.push_back({&Args::mean, {c}, Role::output});
      if (batch) operands.push_back({&Args::inverse_deviation, {c}, Role::output});
      check_op<BatchNormForward>(p, operands, float32_sums);
    }
}

TEST_CASE("kernels: batch norm backward") {
  using Args = BatchNormBackward::Args;
  for (const auto& [rows, c] : {std::pair<int64_t, int64_t>{2, 1}, {50, 7}, {1000, 33}})
    for (int flags = 1; flags < 8; ++flags) {
      BatchNormProblem p = batch_norm(rows, c, flags & 4);
      p.wants_dx = flags & 1;
      p.wants_dscale = flags & 2;
      if (!p.wants_dx && !p.wants_dscale) continue;
      const Shape x{rows, c};
      std::vector<test::Operand<BatchNormBackward>> operands = {
          {&Args::x, x, Role::input, real_numbers(x.count(), 1, 2, 5)},
          {&Args::dy, x, Role::input, real_numbers(x.count(), 6)},
          {&Args::scale, {c}, Role::input, real_numbers(c, 2, 0.5, 2)}};
      const std::vector<double> mean = real_numbers(c, 4, 3, 4), spread = real_numbers(c, 5, 0.5, 2);
      operands.push_back({p.batch_statistics ? &Args::mean : &Args::running_mean, {c}, Role::input, mean});
      operands.push_back({p.batch_statistics ? &Args::inverse_deviation : &Args::running_variance,
                          {c},
                          Role::input,
                          spread});
      if (p.wants_dx) operands.push_back({&Args::dx, x, Role::output});
      if (p.wants_dscale) operands.push_back({&Args::dscale, {c}, Role::output});
      if (p.wants_dscale) operands.push_back({&Args::dshift, {c}, Role::output});
      check_op<BatchNormBackward>(p, operands, float32_sums);
    }
}

}  // namespace
}  // namespace graft
