#include "emulator/accepts.h"
#include "emulator/op_check.h"
#include "kernels/global_average/global_average.h"

namespace graft {
namespace {

using test::exact;
using test::float32_sums;
using test::Role;
using test::whole_numbers;

// Sides as forward would write them: nothing behind the last pixel.
std::vector<double> sides_of(const GlobalAverageProblem& p) {
  std::vector<double> sides = test::real_numbers(p.sides().count(), 3, 0, 255);
  for (size_t i = 0; i < sides.size(); ++i) {
    const auto byte = static_cast<int64_t>(i) / p.c % p.bytes_per_channel();
    const int64_t pixels = std::min(p.pixels() - byte * p.pixels_per_byte, p.pixels_per_byte);
    sides[i] = static_cast<int>(sides[i]) & ((1 << pixels) - 1);
  }
  return sides;
}

// Channels one at a time and in fours; warps with a byte each, with none and with several.
TEST_CASE("kernels: global averages of activations keep their sides, and gradients are told from those") {
  using F = GlobalAverageForward::Args;
  using B = GlobalAverageBackward::Args;
  for (const Activation activation :
       std::initializer_list<Activation>{Activation::relu6, {Activation::leaky_relu, 0.25f}})
    for (const Shape& shape : {Shape{9, 1, 1, 1}, {2, 7, 7, 9}, {3, 13, 17, 36}, {1, 20, 20, 5}}) {
      GlobalAverageProblem p{shape.n(), shape.h(), shape.w(), shape.c(), activation};
      const Shape pooled{p.n, 1, 1, p.c};
      CAPTURE(p);
      check_op_in_both<GlobalAverageForward>(p,
                                             {{&F::x, shape, Role::input, whole_numbers(shape.count(), 1, 9)},
                                              {&F::y, pooled, Role::output},
                                              {&F::sides, p.sides(), Role::output, {}, DType::uint8}},
                                             {&F::x, &F::y}, float32_sums);
      for (const bool dbias : {false, true}) {
        p.dbias = dbias;
        std::vector<test::Operand<GlobalAverageBackward>> operands{
            {&B::dy, pooled, Role::input, whole_numbers(pooled.count(), 2)},
            {&B::sides, p.sides(), Role::input, sides_of(p), DType::uint8},
            {&B::dx, shape, Role::output}};
        if (dbias) operands.push_back({&B::dbias, {p.c}, Role::output});
        check_op_in_both<GlobalAverageBackward>(p, operands, {&B::dy, &B::dx}, float32_sums);
      }
    }
}

TEST_CASE("kernels: global averages refuse more than 32 bits in words") {
  const auto serves = [](const GlobalAverageProblem& p) {
    return test::accepts<GlobalAverageForward>("simt", p) && test::accepts<GlobalAverageBackward>("simt", p);
  };
  CHECK(serves({2, 7, 7, 9, Activation::relu}));
  CHECK_FALSE(serves({1, 1 << 16, 1 << 15, 1, Activation::relu}));
  CHECK_FALSE(serves({1 << 30, 7, 7, 1, Activation::relu}));
}

}  // namespace
}  // namespace graft
