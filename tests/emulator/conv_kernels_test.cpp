#include "emulator/accepts.h"
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
    // Stems: several tiles each way, the last ones cut off; a last tile of filters with few.
    {.n = 2, .h = 19, .w = 37, .c = 3, .k = 36, .r = 3, .s = 3, .stride_h = 2, .stride_w = 2,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .bias = true, .activation = Activation::relu},
    {.n = 1, .h = 21, .w = 38, .c = 3, .k = 68, .r = 7, .s = 6, .stride_h = 2, .stride_w = 1,
     .pad_top = 3, .pad_left = 2, .pad_bottom = 3, .pad_right = 3, .residual = true},
    // A sum in parts, and the epilogue after it.
    {.n = 1, .h = 7, .w = 7, .c = 68, .k = 36, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1,
     .bias = true, .residual = true, .activation = Activation::relu6},
    {.n = 1, .h = 5, .w = 7, .c = 516, .k = 20, .r = 1, .s = 1,
     .bias = true, .residual = true, .activation = Activation::relu},
    // As above, of channels that eights hold: what is copied at a time in 16 bits.
    {.n = 1, .h = 7, .w = 7, .c = 72, .k = 40, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1,
     .bias = true, .residual = true, .activation = Activation::relu6},
    {.n = 2, .h = 5, .w = 7, .c = 520, .k = 24, .r = 1, .s = 1,
     .bias = true, .residual = true, .activation = Activation::relu},
    {.n = 3, .h = 13, .w = 11, .c = 40, .k = 136, .r = 2, .s = 3, .stride_h = 2, .stride_w = 3,
     .pad_top = 1, .pad_left = 2, .dilation_w = 2, .bias = true},
    {.n = 1, .h = 11, .w = 12, .c = 64, .k = 80, .r = 3, .s = 3, .stride_h = 2,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .groups = 2, .residual = true},
    // Filters that no vector holds.
    {.n = 1, .h = 6, .w = 7, .c = 20, .k = 13, .r = 3, .s = 3, .pad_left = 2, .bias = true},
    {.n = 2, .h = 9, .w = 9, .c = 20, .k = 24, .r = 1, .s = 1, .residual = true},
    // Phases of a stride: with dilation, some meet no tap; 1x1, three of four.
    {.n = 2, .h = 14, .w = 13, .c = 8, .k = 12, .r = 3, .s = 4, .stride_h = 2, .stride_w = 3,
     .pad_top = 2, .pad_left = 1, .pad_bottom = 1, .pad_right = 3, .dilation_h = 2, .dilation_w = 2},
    {.n = 2, .h = 8, .w = 7, .c = 16, .k = 24, .r = 1, .s = 1, .stride_h = 2, .stride_w = 2},
    {.n = 1, .h = 1, .w = 9, .c = 64, .k = 72, .r = 1, .s = 5, .stride_w = 4, .pad_left = 3, .groups = 2},
    // Narrow groups: runs of pixels that are cut off, strides, dilation, several fours of channels.
    {.n = 2, .h = 7, .w = 19, .c = 48, .k = 48, .r = 3, .s = 3, .stride_h = 2, .stride_w = 2,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .groups = 12, .bias = true,
     .activation = Activation::relu},
    {.n = 1, .h = 17, .w = 18, .c = 24, .k = 36, .r = 2, .s = 4, .stride_w = 3,
     .pad_top = 2, .pad_left = 3, .pad_right = 1, .dilation_h = 2, .dilation_w = 2, .groups = 3,
     .residual = true},
    // The weights' gradient sums over so many pixels that they are cut into parts.
    {.n = 4, .h = 20, .w = 20, .c = 3, .k = 9, .r = 3, .s = 3,
     .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .bias = true},
};
// clang-format on

Shape input(const ConvProblem& p) { return {p.n, p.h, p.w, p.c}; }
Shape filters(const ConvProblem& p) { return {p.k, p.r, p.s, p.group_c()}; }
Shape output(const ConvProblem& p) { return {p.n, p.p(), p.q(), p.k}; }

TEST_CASE("kernels: convolution forward") {
  using Args = ConvForward::Args;
  for (ConvProblem p : cases)
    for (const auto& kind : test::product_kinds) {
      p.math = kind.math;
      p.dtype = dtype_of(p.math);
      const auto operand = [&](TensorView Args::*member, const Shape& shape, unsigned seed) {
        return Operand<ConvForward>{member, shape, Role::input, kind.numbers(shape.count(), seed), p.dtype};
      };
      std::vector<Operand<ConvForward>> operands = {operand(&Args::x, input(p), 1),
                                                    operand(&Args::w, filters(p), 2),
                                                    {&Args::y, output(p), Role::output, {}, p.dtype}};
      if (p.bias) operands.push_back({&Args::bias, {p.k}, Role::input, kind.numbers(p.k, 3)});
      if (p.residual) operands.push_back(operand(&Args::residual, output(p), 4));
      test::check_op<ConvForward>(p, operands, kind.tolerance, kind.math == Math::fp32);
    }
}

// Between other channels, which stay as they are: one more pixel of check_op's infinity on each side.
TEST_CASE("kernels: convolution forward to a slice of channels") {
  using Args = ConvForward::Args;
  int tested = 0;
  for (ConvProblem p : cases) {
    if (p.groups != 1) continue;
    ++tested;
    p.residual = false;
    p.y_slice = true;
    for (const auto& kind : test::product_kinds) {
      p.math = kind.math;
      p.dtype = dtype_of(p.math);
      std::vector<Operand<ConvForward>> operands = {
          {&Args::x, input(p), Role::input, kind.numbers(input(p).count(), 1), p.dtype},
          {&Args::w, filters(p), Role::input, kind.numbers(filters(p).count(), 2), p.dtype},
          {&Args::y, output(p), Role::output, {}, p.dtype, (p.k + 3) / 4 * 4 + 8, 4}};
      if (p.bias) operands.push_back({&Args::bias, {p.k}, Role::input, kind.numbers(p.k, 3)});
      test::check_op<ConvForward>(p, operands, kind.tolerance, kind.math == Math::fp32);
    }
  }
  CHECK(tested >= 12);
}

TEST_CASE("kernels: convolution backward, data") {
  using Args = ConvBackwardData::Args;
  for (ConvProblem p : cases)
    for (const auto& kind : test::product_kinds) {
      p.math = kind.math;
      p.dtype = dtype_of(p.math);
      test::check_op<ConvBackwardData>(
          p,
          {{&Args::dy, output(p), Role::input, kind.numbers(output(p).count(), 1), p.dtype},
           {&Args::w, filters(p), Role::input, kind.numbers(filters(p).count(), 2), p.dtype},
           {&Args::dx, input(p), Role::output, {}, p.dtype}},
          kind.tolerance, kind.math == Math::fp32);
    }
}

TEST_CASE("kernels: convolution backward, weights") {
  using Args = ConvBackwardWeights::Args;
  for (ConvProblem p : cases)
    for (const auto& kind : test::product_kinds) {
      p.math = kind.math;
      p.dtype = dtype_of(p.math);
      std::vector<Operand<ConvBackwardWeights>> operands = {
          {&Args::x, input(p), Role::input, kind.numbers(input(p).count(), 1), p.dtype},
          {&Args::dy, output(p), Role::input, kind.numbers(output(p).count(), 2), p.dtype},
          {&Args::dw, filters(p), Role::output}};
      if (p.bias) operands.push_back({&Args::dbias, {p.k}, Role::output});
      test::check_op<ConvBackwardWeights>(p, operands, kind.tolerance, kind.math == Math::fp32);
    }
}

// Those for depthwise shapes, which come first, have a test of their own.
template <class Op>
std::string methods(const ConvProblem& p) {
  constexpr std::string_view depthwise = "depthwise ";
  const std::string all = test::methods<Op>(p);
  return all.starts_with(depthwise) ? all.substr(depthwise.size()) : all;
}

ConvProblem square(int64_t n, int64_t size, int64_t c, int64_t k, int64_t filter, int64_t stride = 1,
                   int64_t groups = 1) {
  ConvProblem p{.n = n, .h = size, .w = size, .c = c, .k = k, .r = filter, .s = filter};
  p.stride_h = p.stride_w = stride;
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = filter / 2;
  p.groups = groups;
  return p;
}

TEST_CASE("kernels: each shape of convolution has its methods") {
  const auto check = [](const ConvProblem& p, const char* forward, const char* data, const char* weights) {
    CHECK_MESSAGE(methods<ConvForward>(p) == forward, p);
    CHECK_MESSAGE(methods<ConvBackwardData>(p) == data, p);
    CHECK_MESSAGE(methods<ConvBackwardWeights>(p) == weights, p);
  };
  const char* windows = "implicit_gemm tiled direct";
  check(square(1, 224, 3, 32, 3, 2), "stem tiled direct", "direct", "stem tiled direct");
  check(square(1, 224, 3, 64, 7, 2), "stem tiled direct", "direct", "stem tiled direct");
  check(square(1, 56, 64, 64, 3), windows, windows, windows);
  check(square(1, 56, 128, 128, 3, 2), windows, windows, windows);
  check(square(1, 56, 64, 128, 1, 2), windows, windows, windows);
  const std::string product = text("gemm ", windows);
  check(square(1, 7, 320, 1280, 1), product.c_str(), product.c_str(), product.c_str());
  check(square(1, 13, 512, 10, 1), product.c_str(), "tiled direct", "tiled direct");
  const char* wide_groups = "implicit_gemm grouped tiled direct";
  check(square(1, 14, 64, 64, 3, 1, 2), wide_groups, wide_groups, wide_groups);
  check(square(1, 14, 128, 128, 3, 1, 32), "grouped direct", "grouped direct", "grouped direct");
  check(square(1, 14, 512, 512, 3, 2, 32), "grouped tiled direct", "grouped tiled direct",
        "grouped tiled direct");
  check(square(1, 14, 10, 10, 3), "tiled direct", "tiled direct", "tiled direct");
}

// Tiles of 128 come with work for a whole GPU: too much for the slow methods, and compared with oneDNN.
template <class Op>
void check_large(const ConvProblem& p, const std::vector<Operand<Op>>& operands) {
  const auto cpu = open_device("cpu", {.threads = 2}), emulated = open_device("emulated", {.threads = 2});
  const auto run = [&](Device& device, std::string_view name) {
    for (const auto& entry : implementations<Op>())
      if (entry.device == device.properties().kind && entry.name == name) {
        REQUIRE_MESSAGE(entry.refuse(p, device.properties()).empty(), name);
        return test::run_entry(device, entry, p, operands, {}).values.back();
      }
    FAIL("no such method");
    return std::vector<double>();
  };
  const std::vector<double> expected = run(*cpu, "onednn");
  CHECK(run(*emulated, "gemm") == expected);
  CHECK(run(*emulated, "implicit_gemm") == expected);
}

TEST_CASE("kernels: convolution in large tiles") {
  const auto whole = [](const Shape& shape, unsigned seed) {
    return test::whole_numbers(shape.count(), seed);
  };
  const ConvProblem forward = square(1, 131, 4, 132, 1), data = square(1, 131, 132, 4, 1);
  check_large<ConvForward>(
      forward, {{&ConvForward::Args::x, input(forward), Role::input, whole(input(forward), 1)},
                {&ConvForward::Args::w, filters(forward), Role::input, whole(filters(forward), 2)},
                {&ConvForward::Args::y, output(forward), Role::output}});
  check_large<ConvBackwardData>(
      data, {{&ConvBackwardData::Args::dy, output(data), Role::input, whole(output(data), 1)},
             {&ConvBackwardData::Args::w, filters(data), Role::input, whole(filters(data), 2)},
             {&ConvBackwardData::Args::dx, input(data), Role::output}});
  const ConvProblem weights = square(2, 131, 128, 128, 1);
  check_large<ConvBackwardWeights>(
      weights, {{&ConvBackwardWeights::Args::x, input(weights), Role::input, whole(input(weights), 1)},
                {&ConvBackwardWeights::Args::dy, output(weights), Role::input, whole(output(weights), 2)},
                {&ConvBackwardWeights::Args::dw, filters(weights), Role::output}});
}

TEST_CASE("kernels: sizes beyond 32 bits are refused in words") {
  const ConvProblem p{.n = int64_t{1} << 31, .h = 1, .w = 1, .c = 8, .k = 8, .r = 1, .s = 1};
  CHECK(methods<ConvForward>(p).empty());
  CHECK(methods<ConvBackwardData>(p).empty());
  CHECK(methods<ConvBackwardWeights>(p).empty());
  for (const auto& entry : implementations<ConvForward>())
    if (entry.name == "gemm" || entry.name == "implicit_gemm" || entry.name == "tiled" ||
        entry.name == "direct")
      CHECK_MESSAGE(entry.refuse(p, {}).find("2147483648") != std::string::npos, entry.name);
}

}  // namespace
}  // namespace graft
