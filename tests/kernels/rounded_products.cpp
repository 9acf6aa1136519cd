#include "kernels/conv_cases.h"
#include "kernels/gemm/dense.h"
#include "kernels/onednn_entry.h"

// What computes in TF32 or bfloat16 is held to the bound of its rounding, and would not pass in the next
// finer one; the vendor's may be finer.
namespace graft::test {
namespace {

struct Rounding {
  Math math;
  double of_operand;  // at most, of itself
  double of_result;
  double most_error, least_error;  // NMSE: least is what the finer one allows
};
constexpr Rounding roundings[] = {{Math::tf32, 0x1p-11, 0, 2e-7, 1e-11},
                                  {Math::bf16, 0x1p-8, 0x1p-8, 1e-4, 2e-7}};

std::vector<double> bound_of(const Rounding& rounding, const std::vector<double>& exact,
                             const std::vector<double>& magnitude, double terms) {
  std::vector<double> bound = sum_bound(magnitude, terms);
  for (size_t i = 0; i < bound.size(); ++i)
    bound[i] += magnitude[i] * 2.01 * rounding.of_operand + std::abs(exact[i]) * rounding.of_result;
  return bound;
}

// Activations and weights, where those are bfloat16; what else there is stays as it is.
template <class Op>
OpCase<Op> with_math(OpCase<Op> test, Math math) {
  test.problem.math = math;
  if (math != Math::bf16) return test;
  for (auto& [member, tensor] : test.inputs) {
    if constexpr (requires { &Op::Args::bias; })
      if (member == &Op::Args::bias) continue;
    tensor.dtype = DType::bfloat16;
  }
  if constexpr (!requires { &Op::Args::dw; })
    for (auto& [member, tensor] : test.outputs) tensor.dtype = DType::bfloat16;
  return test;
}

// `sums` is the first tensor of the result. How many were checked.
template <class Op>
int check_rounded(const OpCase<Op>& test, const std::vector<double>& magnitude, double terms) {
  const std::vector<double> exact = run_reference(test).tensors[0], narrow = sum_bound(magnitude, terms);
  int checked = 0;
  for (const Rounding& rounding : roundings) {
    const OpCase<Op> rounded = with_math(test, rounding.math);
    for_each_implementation<Op>(rounded.problem, [&](const auto& implementation, Device& device) {
      if (implementation.math != rounding.math) return;
      const std::string what = name_run(implementation, device, rounded.problem);
      const std::vector<double> sums = run_op(implementation, device, rounded).tensors[0];
      check_within(sums, exact, bound_of(rounding, exact, magnitude, terms), what);
      CHECK_MESSAGE(normalised_error(sums, exact) <= rounding.most_error, what);
      if (implementation.provider == Provider::vendor) return;
      CHECK_MESSAGE(normalised_error(sums, exact) > rounding.least_error, what, " would pass as finer");
      size_t outside = 0;
      for (size_t i = 0; i < sums.size(); ++i) outside += std::abs(sums[i] - exact[i]) > narrow[i];
      CHECK_MESSAGE(outside > sums.size() / 10, what, ": ", outside, " are outside float32's bound");
      ++checked;
    });
  }
  return checked;
}

TEST_CASE(
    "rounded products: convolutions stay within the bound of their math, and not within a finer one's") {
  const int devices = automatic_device().why_not_cuda.empty() ? 2 : 1;
  const int forward_on_cpu = why_no_onednn_bf16().empty() ? 1 : 0;
  for (const ConvProblem& p : {square_conv(2, 9, 40, 72, 3, 1, 1), square_conv(1, 14, 48, 136, 1),
                               square_conv(1, 13, 64, 64, 3, 2, 1), square_conv(1, 6, 256, 40, 1)}) {
    const HostTensor x = normals(x_shape(p), 51), w = normals(w_shape(p), 52), dy = normals(y_shape(p), 53);
    const HostTensor sizes[] = {absolute(x), absolute(w), absolute(dy)};
    const auto magnitude = [](const auto& test) { return run_reference(test).tensors[0]; };
    const bool matrices = p.r == 1;
    int runs =
        check_rounded(forward_case(p, x, w, {}, {}), magnitude(forward_case(p, sizes[0], sizes[1], {}, {})),
                      static_cast<double>(p.r * p.s * p.c));
    runs += check_rounded(backward_data_case(p, dy, w), magnitude(backward_data_case(p, sizes[2], sizes[1])),
                          static_cast<double>(p.r * p.s * p.k));
    runs += check_rounded(backward_weights_case(p, x, dy),
                          magnitude(backward_weights_case(p, sizes[0], sizes[2])),
                          static_cast<double>(p.n * p.p() * p.q()));
    CHECK(runs == 2 * 3 * devices * (matrices ? 2 : 1) + forward_on_cpu);
  }
}

std::vector<double> rounded_once(std::vector<double> values) {
  return decode(encode(values, DType::bfloat16), DType::bfloat16);
}

// The float64 reference of the whole, rounded, for every implementation in bfloat16. How many there were.
template <class Op>
int check_rounded_once(const OpCase<Op>& test) {
  const OpCase<Op> narrow = with_math(test, Math::bf16);
  const std::vector<double> expected = rounded_once(run_reference(test).tensors[0]);
  int runs = 0;
  for_each_implementation<Op>(narrow.problem, [&](const auto& implementation, Device& device) {
    if (implementation.math != Math::bf16) return;
    check_equal(run_op(implementation, device, narrow).tensors[0], expected,
                name_run(implementation, device, narrow.problem), Zeros::allowed);
    ++runs;
  });
  return runs;
}

TEST_CASE("bfloat16 products: of integers, whatever comes behind them, the exact result rounded once") {
  int runs = 0;
  for (ConvProblem p : conv_problems())
    for (const bool epilogue : {false, true})
      for (const bool constant : {false, true}) {
        p.bias = p.residual = epilogue;
        p.activation = epilogue ? Activation::relu : Activation::none;
        p.constant_weights = constant;
        runs += check_rounded_once(forward_case(p, integers(x_shape(p), 3, 1), integers(w_shape(p), 3, 2),
                                                integers({p.k}, 2, 3), integers(y_shape(p), 5, 4)));
      }
  for (DenseProblem p : {DenseProblem{3, 7, 5}, {32, 64, 10}, {5, 127, 33}, {1, 513, 37}})
    for (const bool constant : {false, true}) {
      using A = DenseForward::Args;
      p.bias = true;
      p.constant_weights = constant;
      p.activation = constant ? Activation::relu6 : Activation::none;
      runs += check_rounded_once(OpCase<DenseForward>{p,
                                                      {{&A::x, integers({p.n, p.inputs}, 3, 1)},
                                                       {&A::w, integers({p.outputs, p.inputs}, 3, 2)},
                                                       {&A::bias, integers({p.outputs}, 3, 3)}},
                                                      {},
                                                      {{&A::y, zeros({p.n, p.outputs})}},
                                                      {},
                                                      {&A::w, &A::bias},
                                                      {},
                                                      {}});
    }
  CHECK(runs >= 20);
  if (!why_no_onednn_bf16().empty()) MESSAGE("skipped on cpu: ", why_no_onednn_bf16());
}

}  // namespace
}  // namespace graft::test
