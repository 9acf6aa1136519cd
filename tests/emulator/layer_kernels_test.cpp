#include "emulator/op_check.h"
#include "kernels/activation/activation.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/dense.h"

namespace graft {
namespace {

using test::check_op;
using test::exact;
using test::float32_sums;
using test::real_numbers;
using test::Role;
using test::whole_numbers;

TEST_CASE("kernels: activations") {
  for (const Activation activation : std::initializer_list<Activation>{
           Activation::none, Activation::relu, Activation::relu6, {Activation::leaky_relu, 0.25f}}) {
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

// In fours that are aligned, and one at a time.
TEST_CASE("kernels: which side an activation is on, and the gradient told from that") {
  using M = ActivationMask::Args;
  using B = ActivationBackward::Args;
  for (const Activation activation :
       std::initializer_list<Activation>{Activation::relu6, {Activation::leaky_relu, 0.25f}})
    for (const bool dbias : {false, true})
      for (const Shape& shape : {Shape{2, 5, 7, 9}, {3, 9, 9, 36}}) {
        ActivationProblem p{shape.n(), shape.h(), shape.w(), shape.c(), activation, DType::float32, dbias};
        const test::Operand<ActivationMask> mask{&M::mask, shape, Role::output, {}, DType::uint8};
        test::check_op_in_both<ActivationMask>(
            p, {{&M::y, shape, Role::input, whole_numbers(shape.count(), 1, 9)}, mask}, {&M::y}, exact);
        p.masked = true;
        std::vector<double> side = whole_numbers(shape.count(), 3, 1);
        for (double& value : side) value = value > 0;
        std::vector<test::Operand<ActivationBackward>> operands{
            {&B::y, shape, Role::input, side, DType::uint8},
            {&B::dy, shape, Role::input, whole_numbers(shape.count(), 2)},
            {&B::dx, shape, Role::output}};
        if (dbias) operands.push_back({&B::dbias, {shape.c()}, Role::output});
        test::check_op_in_both<ActivationBackward>(p, operands, {&B::dy, &B::dx}, exact);
      }
}

// Channels one at a time and in fours; a block's columns and more; rows for one slice and for several.
TEST_CASE("kernels: an activation's gradient with its sums over pixels") {
  using B = ActivationBackward::Args;
  for (const Activation activation :
       std::initializer_list<Activation>{Activation::relu6, {Activation::leaky_relu, 0.25f}})
    for (const Shape& shape : {Shape{1, 1, 2, 1}, {2, 5, 7, 9}, {3, 9, 9, 36}, {2, 20, 20, 68}}) {
      const ActivationProblem p{shape.n(), shape.h(), shape.w(), shape.c(), activation, DType::float32, true};
      test::check_op_in_both<ActivationBackward>(
          p,
          {{&B::y, shape, Role::input, whole_numbers(shape.count(), 1, 9)},
           {&B::dy, shape, Role::input, whole_numbers(shape.count(), 2)},
           {&B::dx, shape, Role::output},
           {&B::dbias, {shape.c()}, Role::output}},
          {&B::y, &B::dy, &B::dx}, exact);
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

}  // namespace
}  // namespace graft
