#include "emulator/op_check.h"
#include "kernels/activation/activation.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/elementwise/multiply.h"

namespace graft {
namespace {

using test::check_op;
using test::check_op_in_both;
using test::exact;
using test::float32_sums;
using test::real_numbers;
using test::Role;
using test::whole_numbers;

template <class Op>
test::Operand<Op> operand(TensorView Op::Args::*member, int64_t count, Role role, unsigned seed,
                          int64_t offset) {
  return {member,         {count},
          role,           role == Role::input ? whole_numbers(count, seed) : std::vector<double>{},
          DType::float32, 0,
          offset};
}

// Four at a time where all operands are aligned, one at a time where any of them is not.
TEST_CASE("kernels: elementwise operands that do not begin at a multiple of 16 bytes") {
  for (const int64_t count : {9, 16, 1023, 1029})
    for (const auto& [first, second, out] :
         {std::array<int64_t, 3>{0, 0, 0}, {4, 8, 4}, {1, 0, 0}, {0, 2, 0}, {0, 0, 3}, {1, 2, 3}}) {
      check_op_in_both<Add>({count},
                            {operand<Add>(&Add::Args::a, count, Role::input, 1, first),
                             operand<Add>(&Add::Args::b, count, Role::input, 4, second),
                             operand<Add>(&Add::Args::y, count, Role::output, 0, out)},
                            {&Add::Args::a, &Add::Args::b, &Add::Args::y}, exact);
      using M = MultiplyForward;
      check_op<M>({1, 1, count},
                  {operand<M>(&M::Args::a, count, Role::input, 1, first),
                   operand<M>(&M::Args::b, count, Role::input, 2, second),
                   operand<M>(&M::Args::y, count, Role::output, 0, out)},
                  exact);
      using D = Dropout;
      check_op_in_both<D>({count, 0.5, 3},
                          {operand<D>(&D::Args::x, count, Role::input, 1, first),
                           operand<D>(&D::Args::y, count, Role::output, 0, out)},
                          {&D::Args::x, &D::Args::y}, exact);
    }
}

TEST_CASE("kernels: a factor by channel, aligned and not") {
  using F = MultiplyForward;
  using B = MultiplyBackward;
  for (const int64_t c : {4, 20, 21, 132})
    for (const int64_t offset : {0, 1}) {
      const MultiplyProblem p{.n = 2, .pixels = 67, .c = c, .broadcast = true};
      const int64_t count = 2 * 67 * c;
      check_op<F>(p,
                  {operand<F>(&F::Args::a, count, Role::input, 1, offset),
                   operand<F>(&F::Args::b, 2 * c, Role::input, 2, 0),
                   operand<F>(&F::Args::y, count, Role::output, 0, 0)},
                  exact);
      check_op<B>(p,
                  {operand<B>(&B::Args::a, count, Role::input, 1, offset),
                   operand<B>(&B::Args::b, 2 * c, Role::input, 2, 0),
                   operand<B>(&B::Args::dy, count, Role::input, 3, 0),
                   operand<B>(&B::Args::da, count, Role::output, 0, 0),
                   operand<B>(&B::Args::db, 2 * c, Role::output, 0, offset)},
                  exact);
    }
}

TEST_CASE("kernels: copies of slices of channels, aligned and not") {
  using A = Copy::Args;
  for (const int64_t c : {1, 4, 7, 12, 160})
    for (const int64_t gap : {0, 4, 5})
      for (const int64_t offset : {0, 4, 1}) {
        const Shape shape{2, 3, 5, c};
        check_op_in_both<Copy>(
            {30, c},
            {{&A::x, shape, Role::input, whole_numbers(30 * (c + gap), 1), DType::float32, c + gap, offset},
             {&A::y, shape, Role::output, {}, DType::float32, c + 4, offset}},
            {&A::x, &A::y}, exact);
      }
}

TEST_CASE("kernels: the activations that are not exact") {
  for (const Activation kind : {Activation::sigmoid, Activation::silu, Activation::hard_sigmoid,
                                Activation::hard_swish, Activation::gelu}) {
    const ActivationProblem p{2, 5, 7, 9, kind};
    const Shape shape{2, 5, 7, 9};
    const bool reads_x = gradient_reads_input(kind);
    using F = ActivationForward::Args;
    using B = ActivationBackward::Args;
    check_op_in_both<ActivationForward>(
        p, {{&F::x, shape, Role::input, real_numbers(630, 1, -9, 9)}, {&F::y, shape, Role::output}},
        {&F::x, &F::y}, float32_sums);
    check_op_in_both<ActivationBackward>(p,
                                         {{reads_x ? &B::x : &B::y, shape, Role::input,
                                           real_numbers(630, 1, reads_x ? -9 : 0.1, reads_x ? 9 : 0.9)},
                                          {&B::dy, shape, Role::input, real_numbers(630, 2)},
                                          {&B::dx, shape, Role::output}},
                                         {&B::x, &B::y, &B::dy, &B::dx}, float32_sums);
  }
}

// There is no float64 cast to compare with: the definition is a line.
TEST_CASE("kernels: casts round to the nearest bfloat16, and back") {
  for (const auto& device : test::op_devices())
    for (const Implementation<Cast>& entry : implementations<Cast>())
      for (const int64_t count : {1, 9, 1029})
        for (const int64_t offset : {0, 1}) {
          if (entry.device != device->properties().kind) continue;
          const std::vector<double> x = real_numbers(count, 1);
          const std::vector<double> halves = test::as_stored(x, DType::bfloat16);
          const auto cast = [&](const std::vector<double>& values, DType from, DType to) {
            CHECK(entry.refuse({count, from, to}, device->properties()).empty());
            return test::run_entry<Cast>(*device, entry, {count, from, to},
                                         {{&Cast::Args::x, {count}, Role::input, values, from, 0, offset},
                                          {&Cast::Args::y, {count}, Role::output, {}, to}},
                                         {})
                .values[1];
          };
          CHECK(cast(x, DType::float32, DType::bfloat16) == halves);
          CHECK(cast(halves, DType::bfloat16, DType::float32) == halves);
          CHECK(!entry.refuse({count, DType::float32, DType::float32}, device->properties()).empty());
        }
}

}  // namespace
}  // namespace graft
