#include "emulator/op_check.h"
#include "kernels/conv/conv.h"

namespace graft {
namespace {

using test::Operand;
using test::Role;

// clang-format off
const ConvProblem cases[] = {
    {.n = 2, .h = 9, .w = 7, .c = 12, .k = 20, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1},
    {.n = 1, .h = 13, .w = 11, .c = 3, .k = 70, .r = 5, .s = 4, .stride_h = 2, .stride_w = 3,
     .pad_top = 2, .pad_left = 0, .pad_bottom = 1, .pad_right = 3, .bias = true},
    {.n = 3, .h = 6, .w = 6, .c = 66, .k = 65, .r = 1, .s = 1,
     .bias = true, .residual = true, .activation = Activation::relu},
    {.n = 1, .h = 12, .w = 12, .c = 9, .k = 10, .r = 3, .s = 2, .stride_h = 1, .stride_w = 2,
     .pad_top = 3, .pad_left = 1, .pad_bottom = 2, .pad_right = 2, .dilation_h = 3, .dilation_w = 2,
     .activation = Activation::relu6},
    {.n = 2, .h = 5, .w = 6, .c = 24, .k = 36, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .groups = 3, .bias = true},
    {.n = 2, .h = 8, .w = 9, .c = 40, .k = 40, .r = 3, .s = 3, .stride_h = 2, .stride_w = 2,
     .pad_top = 0, .pad_left = 0, .pad_bottom = 1, .pad_right = 1, .groups = 40, .bias = true,
     .activation = Activation::relu6},
    {.n = 1, .h = 7, .w = 7, .c = 6, .k = 12, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .groups = 6, .residual = true},
    {.n = 1, .h = 7, .w = 7, .c = 8, .k = 18, .r = 2, .s = 2, .groups = 2},
    // The weights' gradient sums over so many pixels that they are cut into parts.
    {.n = 4, .h = 20, .w = 20, .c = 3, .k = 9, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .bias = true},
};
// clang-format on

Shape input(const ConvProblem& p) { return {p.n, p.h, p.w, p.c}; }
Shape filters(const ConvProblem& p) { return {p.k, p.r, p.s, p.group_c()}; }
Shape output(const ConvProblem& p) { return {p.n, p.p(), p.q(), p.k}; }

using Numbers = std::vector<double> (*)(int64_t count, unsigned seed);
const struct {
  Numbers numbers;
  test::Tolerance tolerance;
} kinds[] = {
    {[](int64_t count, unsigned seed) { return test::whole_numbers(count, seed); }, test::exact},
    {[](int64_t count, unsigned seed) { return test::real_numbers(count, seed); }, test::float32_sums}};

// The tiled kernels leave narrow groups to the direct ones, which take all.
int methods(int64_t width) { return width < 8 ? 1 : 2; }

TEST_CASE("kernels: convolution forward") {
  using Args = ConvForward::Args;
  for (const ConvProblem& p : cases)
    for (const auto& kind : kinds) {
      const auto operand = [&](TensorView Args::*member, const Shape& shape, unsigned seed) {
        return Operand<ConvForward>{member, shape, Role::input, kind.numbers(shape.count(), seed)};
      };
      std::vector<Operand<ConvForward>> operands = {operand(&Args::x, input(p), 1),
                                                    operand(&Args::w, filters(p), 2),
                                                    {&Args::y, output(p), Role::output}};
      if (p.bias) operands.push_back(operand(&Args::bias, {p.k}, 3));
      if (p.residual) operands.push_back(operand(&Args::residual, output(p), 4));
      test::check_op<ConvForward>(p, operands, kind.tolerance, methods(p.group_k()));
    }
}

TEST_CASE("kernels: convolution backward, data") {
  using Args = ConvBackwardData::Args;
  for (const ConvProblem& p : cases)
    for (const auto& kind : kinds) {
      test::check_op<ConvBackwardData>(
          p,
          {{&Args::dy, output(p), Role::input, kind.numbers(output(p).count(), 1)},
           {&Args::w, filters(p), Role::input, kind.numbers(filters(p).count(), 2)},
           {&Args::dx, input(p), Role::output}},
          kind.tolerance, methods(p.group_c()));
    }
}

TEST_CASE("kernels: convolution backward, weights") {
  using Args = ConvBackwardWeights::Args;
  for (const ConvProblem& p : cases)
    for (const auto& kind : kinds) {
      std::vector<Operand<ConvBackwardWeights>> operands = {
          {&Args::x, input(p), Role::input, kind.numbers(input(p).count(), 1)},
          {&Args::dy, output(p), Role::input, kind.numbers(output(p).count(), 2)},
          {&Args::dw, filters(p), Role::output}};
      if (p.bias) operands.push_back({&Args::dbias, {p.k}, Role::output});
      test::check_op<ConvBackwardWeights>(p, operands, kind.tolerance, methods(p.group_k()));
    }
}

TEST_CASE("kernels: sizes beyond 32 bits are refused in words") {
  const ConvProblem p{.n = int64_t{1} << 31, .h = 1, .w = 1, .c = 8, .k = 8, .r = 1, .s = 1};
  int refused = 0;
  for (const auto& entry : implementations<ConvForward>())
    if (entry.device == DeviceKind::emulated)
      refused += entry.refuse(p, {}).find("2147483648") != std::string::npos;
  CHECK(refused == 2);
}

}  // namespace
}  // namespace graft
