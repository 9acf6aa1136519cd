#include <cmath>
#include <limits>

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

// Channels below a vector's width, and no multiple of it; rows below a tile's columns, and no multiple.
std::vector<ConvProblem> depthwise_problems() {
  std::vector<ConvProblem> problems;
  for (ConvProblem p : {square_conv(2, 9, 2, 2, 3, 1, 1), square_conv(1, 15, 6, 6, 5, 2, 2),
                        square_conv(2, 16, 34, 34, 3, 2, 1), square_conv(1, 8, 144, 144, 5, 1, 2),
                        square_conv(3, 14, 72, 72, 3, 1, 1), square_conv(1, 3, 24, 24, 5, 1, 1)}) {
    p.groups = p.c;
    problems.push_back(p);
    p.pad_bottom += 1, p.pad_right += 2;
    problems.push_back(p);
  }
  return problems;
}

TEST_CASE("bfloat16 products: depthwise, with an activation behind them") {
  int seed = 0;
  for (ConvProblem p : depthwise_problems())
    for (const Activation::Kind kind : {Activation::none, Activation::relu, Activation::relu6}) {
      p.activation = kind;
      p.bias = kind != Activation::relu;
      p.constant_weights = kind != Activation::none;
      seed += 4;
      const OpCase<ConvForward> test =
          forward_case(p, integers(x_shape(p), 3, seed), integers(w_shape(p), 3, seed + 1),
                       integers({p.k}, 2, seed + 2), {});
      CHECK(check_rounded_once(test) >= 2);  // the emulated device's, and the host's
    }
}

// Of x and w nothing is rounded then: the result is, once.
TEST_CASE("bfloat16 products: depthwise, x and filters in float32") {
  int runs = 0;
  for (ConvProblem p : depthwise_problems())
    for (const bool wide_x : {false, true}) {
      p.bias = true;
      const HostTensor x = normals(x_shape(p), 1), w = normals(w_shape(p), 2), bias = normals({p.k}, 3);
      OpCase<ConvForward> test = with_math(forward_case(p, x, w, bias, {}), Math::bf16);
      test.problem.wide_w = true, test.problem.wide_x = wide_x;
      for (auto& [member, tensor] : test.inputs)
        if (member == &ConvForward::Args::w || (wide_x && member == &ConvForward::Args::x))
          tensor.dtype = DType::float64;  // the device's float32
      const HostTensor read = wide_x ? x : HostTensor{x.shape, rounded_once(x.values)};
      const std::vector<double> exact = run_reference(forward_case(p, read, w, bias, {})).tensors[0];
      std::vector<double> bound = exact;
      for (double& value : bound) value = std::abs(value) * 0x1p-8 + 1e-5;
      for_each_implementation<ConvForward>(test.problem, [&](const auto& implementation, Device& device) {
        if (device.properties().kind == DeviceKind::float64) return;
        check_within(run_op(implementation, device, test).tensors[0], exact, bound,
                     name_run(implementation, device, test.problem));
        ++runs;
      });
    }
  // The host's for all, the emulated device's where channels come in fours.
  CHECK(runs >= 24 + 12);
}

TEST_CASE("bfloat16 products: a convolution on the host writes float32 where that is asked for") {
  ConvProblem p = square_conv(2, 19, 3, 32, 3, 2, 1);
  p.bias = true;
  const HostTensor x{x_shape(p), rounded_once(normals(x_shape(p), 1).values)},
      w{w_shape(p), rounded_once(normals(w_shape(p), 2).values)}, bias = normals({p.k}, 3);
  OpCase<ConvForward> test = with_math(forward_case(p, x, w, bias, {}), Math::bf16);
  test.problem.wide_y = true;
  test.outputs[0].second.dtype = DType::float64;
  const std::vector<double> exact = run_reference(forward_case(p, x, w, bias, {})).tensors[0];
  int runs = 0;
  for_each_implementation<ConvForward>(test.problem, [&](const auto& implementation, Device& device) {
    if (device.properties().kind == DeviceKind::float64) return;
    check_within(run_op(implementation, device, test).tensors[0], exact,
                 std::vector<double>(exact.size(), 1e-5), name_run(implementation, device, test.problem));
    ++runs;
  });
  CHECK(runs == (why_no_onednn_bf16().empty() ? 1 : 0));
}

TEST_CASE("bfloat16 products: depthwise on the host, infinity and NaN reach what reads them, no more") {
  ConvProblem p = square_conv(1, 9, 32, 32, 3, 1, 1, 32);
  HostTensor x = normals(x_shape(p), 1), w = normals(w_shape(p), 2);
  const auto place = [](int64_t h, int64_t column, int64_t c) { return (h * 9 + column) * 32 + c; };
  x.values[place(4, 4, 5)] = std::numeric_limits<double>::quiet_NaN();
  x.values[place(8, 8, 6)] = std::numeric_limits<double>::infinity();
  const OpCase<ConvForward> test = with_math(forward_case(p, x, w, {}, {}), Math::bf16);
  int runs = 0;
  for_each_implementation<ConvForward>(test.problem, [&](const auto& implementation, Device& device) {
    if (implementation.name != "depthwise_host") return;
    const std::vector<double> y = run_op(implementation, device, test).tensors[0];
    for (int64_t h = 0; h < 9; ++h)
      for (int64_t column = 0; column < 9; ++column)
        for (int64_t c = 0; c < 32; ++c) {
          const bool nan = c == 5 && std::abs(h - 4) <= 1 && std::abs(column - 4) <= 1;
          const bool infinite = c == 6 && h >= 7 && column >= 7;
          CHECK(std::isnan(y[place(h, column, c)]) == nan);
          CHECK(std::isinf(y[place(h, column, c)]) == infinite);
        }
    ++runs;
  });
  CHECK(runs == 1);
}

// A filter of one tap that is 1: what comes out is what went in, as float32. Of 32 channels the processor's
// own rounding, where it has one; of 24 ours.
TEST_CASE("bfloat16 products: depthwise on the host rounds to the nearest, ties to even") {
  for (const int64_t channels : {32, 24}) {
    const ConvProblem p = square_conv(1, 9, channels, channels, 3, 1, 1, channels);
    HostTensor x = normals(x_shape(p), 1), w = zeros(w_shape(p));
    const double ties[] = {1 + 0x1p-8, 1 + 3 * 0x1p-8, -1 - 0x1p-8, -1 - 3 * 0x1p-8,
                           0x1.ffp127, 0x1.fep127,     0.0};
    for (size_t i = 0; i < x.values.size(); i += 5) x.values[i] = ties[i / 5 % std::size(ties)];
    for (int64_t c = 0; c < channels; ++c) w.values[c * 9 + 4] = 1;
    OpCase<ConvForward> test = with_math(forward_case(p, x, w, {}, {}), Math::bf16);
    test.problem.wide_w = test.problem.wide_x = true;
    for (auto& [member, tensor] : test.inputs) tensor.dtype = DType::float64;  // the device's float32
    int runs = 0;
    for_each_implementation<ConvForward>(test.problem, [&](const auto& implementation, Device& device) {
      if (implementation.name != "depthwise_host") return;
      check_equal(run_op(implementation, device, test).tensors[0], rounded_once(x.values),
                  name_run(implementation, device, test.problem), Zeros::allowed);
      ++runs;
    });
    CHECK(runs == 1);
  }
}

}  // namespace
}  // namespace graft::test
