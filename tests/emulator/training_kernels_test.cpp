#include "emulator/op_check.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace graft {
namespace {

using test::check_op;
using test::float32_sums;
using test::real_numbers;
using test::Role;

TEST_CASE("kernels: softmax cross-entropy") {
  using Args = SoftmaxCrossEntropy::Args;
  for (const auto& [n, classes] :
       {std::pair<int64_t, int64_t>{1, 2}, {9, 10}, {200, 7}, {2, 33}, {2, 128}, {5, 129}, {3, 1000}})
    for (int flags = 0; flags < 8; ++flags) {
      const SoftmaxCrossEntropyProblem p{.n = n,
                                         .classes = classes,
                                         .smoothing = flags & 1 ? 0.1 : 0.0,
                                         .weighted = (flags & 2) != 0,
                                         .wants_gradient = (flags & 4) != 0};
      std::vector<double> labels;
      for (int64_t i = 0; i < n; ++i) labels.push_back(static_cast<double>(i * 37 % classes));
      std::vector<test::Operand<SoftmaxCrossEntropy>> operands = {
          {&Args::logits,
           {n, classes},
           Role::input,
           real_numbers(n * classes, 1, n == 1 ? -3 : -30, n == 1 ? 3 : 30)},
          {&Args::labels, {n}, Role::input, labels, DType::int32},
          {&Args::losses, {n}, Role::output}};
      if (n == 1) operands[1].values = {1};
      if (p.weighted)
        operands.push_back({&Args::class_weights, {classes}, Role::input, real_numbers(classes, 2, 0.5, 2)});
      if (p.wants_gradient) operands.push_back({&Args::dlogits, {n, classes}, Role::output});
      check_op<SoftmaxCrossEntropy>(p, operands, float32_sums);
    }
}

TEST_CASE("kernels: softmax cross-entropy of a sample that is as good as certain") {
  using Args = SoftmaxCrossEntropy::Args;
  check_op<SoftmaxCrossEntropy>({1, 3},
                                {{&Args::logits, {1, 3}, Role::input, {-1, 20, 0}},
                                 {&Args::labels, {1}, Role::input, {1}, DType::int32},
                                 {&Args::losses, {1}, Role::output},
                                 {&Args::dlogits, {1, 3}, Role::output}},
                                float32_sums);
}

TEST_CASE("kernels: a label outside the classes makes its own sample NaN and reads nothing") {
  using Op = SoftmaxCrossEntropy;
  int runs = 0;
  for (const int64_t classes : {5, 200})
    for (const bool weighted : {false, true}) {
      const Op::Problem p{.n = 4, .classes = classes, .smoothing = 0.1, .weighted = weighted};
      std::vector<test::Operand<Op>> operands = {
          {&Op::Args::logits, {4, classes}, Role::input, real_numbers(4 * classes, 1)},
          {&Op::Args::labels,
           {4},
           Role::input,
           {0, -2147483648.0, static_cast<double>(classes), 1},
           DType::int32},
          {&Op::Args::losses, {4}, Role::output},
          {&Op::Args::dlogits, {4, classes}, Role::output}};
      if (weighted)
        operands.push_back(
            {&Op::Args::class_weights, {classes}, Role::input, real_numbers(classes, 2, 1, 2)});
      for (const auto& device : test::op_devices())
        for (const auto& entry : implementations<Op>()) {
          if (entry.device != device->properties().kind) continue;
          const auto found = test::run_entry(*device, entry, p, operands, {}).values;
          for (int64_t i = 0; i < 4 * classes; ++i)
            CHECK(std::isnan(found[3][i]) == (i / classes == 1 || i / classes == 2));
          for (int n : {0, 1, 2, 3}) CHECK(std::isnan(found[2][n]) == (n == 1 || n == 2));
          ++runs;
        }
    }
  CHECK(runs >= 4);
}

// Segments with gaps between them, one of them smaller than a block and two that begin later.
const std::vector<OptimizerSegment>& segments() {
  static const std::vector<OptimizerSegment> list = {
      {0, 3, 1.0, 0.0, 0}, {64, 1900, 0.1, 0.01, 0}, {1900, 2100, 1.0, 0.1, 5}, {2112, 7000, 2.0, 0.0, 11}};
  return list;
}
constexpr int64_t arena = 7100;

template <class Op>
test::Operand<Op> segment_operand(const std::vector<OptimizerSegment>& list = segments()) {
  const size_t size = list.size() * sizeof(OptimizerSegment);
  std::vector<double> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = reinterpret_cast<const unsigned char*>(list.data())[i];
  return {&Op::Args::segments, {static_cast<int64_t>(size)}, Role::input, bytes, DType::uint8};
}

const StepState state{.seed = 1, .step = 11, .learning_rate = 0.05, .clip_factor = 0.7};

TEST_CASE("kernels: SGD with momentum, segment by segment") {
  using Args = SgdUpdate::Args;
  for (const double momentum : {0.0, 0.9}) {
    const auto values = real_numbers(arena, 1);
    const auto outcome =
        check_op<SgdUpdate>({arena, 4, momentum},
                            {{&Args::values, {arena}, Role::updated, values},
                             {&Args::gradients, {arena}, Role::input, real_numbers(arena, 2)},
                             {&Args::velocity, {arena}, Role::updated, real_numbers(arena, 3)},
                             segment_operand<SgdUpdate>()},
                            {1e-13}, 1, state);
    for (const int64_t gap : {3, 63, 2100, 2111, 7000, 7099})
      CHECK(outcome.values[0][static_cast<size_t>(gap)] == values[static_cast<size_t>(gap)]);
  }
}

TEST_CASE("kernels: AdamW, bias correction from the step at which a segment began") {
  using Args = AdamWUpdate::Args;
  check_op<AdamWUpdate>({.count = arena, .segments = 4},
                        {{&Args::values, {arena}, Role::updated, real_numbers(arena, 1)},
                         {&Args::gradients, {arena}, Role::input, real_numbers(arena, 2)},
                         {&Args::first_moment, {arena}, Role::updated, real_numbers(arena, 3, -0.1, 0.1)},
                         {&Args::second_moment, {arena}, Role::updated, real_numbers(arena, 4, 0.001, 0.1)},
                         segment_operand<AdamWUpdate>()},
                        float32_sums, 1, state);
}

// More segments than a block makes settings of at once, of 1 to 9 elements, with gaps of 0 to 2.
std::vector<OptimizerSegment> crumbs() {
  std::vector<OptimizerSegment> list;
  int64_t place = 1;
  for (int i = 0; i < 1100; ++i) {
    list.push_back(
        {place, place + 1 + i * 7 % 9, 0.5 + i % 3, 0.01 * (i % 4), static_cast<uint64_t>(i % 12)});
    place = list.back().end + i % 3;
  }
  return list;
}

template <class Op>
test::Operand<Op> arena_operand(TensorView Op::Args::*member, int64_t count, Role role, unsigned seed,
                                double low, int64_t offset) {
  return {member, {count}, role, real_numbers(count, seed, low, 1), DType::float32, 0, offset};
}

TEST_CASE("kernels: the optimizers over many small segments, aligned and not") {
  using S = SgdUpdate;
  using A = AdamWUpdate;
  const std::vector<OptimizerSegment> list = crumbs();
  const int64_t count = list.back().end + 1, number = static_cast<int64_t>(list.size());
  for (const int64_t offset : {0, 1}) {
    check_op<S>(
        {count, number, 0.9},
        {arena_operand<S>(&S::Args::values, count, Role::updated, 1, -1, offset),
         arena_operand<S>(&S::Args::gradients, count, Role::input, 2, -1, offset),
         arena_operand<S>(&S::Args::velocity, count, Role::updated, 3, -1, offset), segment_operand<S>(list)},
        {1e-13}, 1, state);
    check_op<A>({.count = count, .segments = number},
                {arena_operand<A>(&A::Args::values, count, Role::updated, 1, -1, offset),
                 arena_operand<A>(&A::Args::gradients, count, Role::input, 2, -1, offset),
                 arena_operand<A>(&A::Args::first_moment, count, Role::updated, 3, -0.1, offset),
                 arena_operand<A>(&A::Args::second_moment, count, Role::updated, 4, 0.001, offset),
                 segment_operand<A>(list)},
                float32_sums, 1, state);
  }
}

TEST_CASE("kernels: the parameters' moving average, aligned and not") {
  using A = ParameterAverage;
  for (const int64_t offset : {0, 1})
    check_op<A>({4099, 0.999},
                {arena_operand<A>(&A::Args::average, 4099, Role::updated, 1, -1, offset),
                 arena_operand<A>(&A::Args::values, 4099, Role::input, 2, -1, offset)},
                {1e-12}, 1, state);
}

TEST_CASE("kernels: the gradient's norm and the clip factor") {
  for (const int64_t count : {1, 3, 1000, 300001})
    for (const double most : {0.0, 0.001, 1e9})
      for (const int64_t offset : {0, 3})
        check_op<GradientNorm>({count, most},
                               {{&GradientNorm::Args::gradients,
                                 {count},
                                 Role::input,
                                 real_numbers(count, 1),
                                 DType::float32,
                                 0,
                                 offset}},
                               float32_sums, 1, state);
}

}  // namespace
}  // namespace graft
