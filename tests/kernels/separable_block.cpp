#include "kernels/separable_block/separable_block.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/half.h"
#include "kernels/conv_cases.h"
#include "kernels/host_vectors.h"
#include "kernels/separable_block/division.h"

namespace graft::test {
namespace {

struct Parts {
  Activation::Kind between = Activation::relu6, behind = Activation::relu6, at_end = Activation::none;
  bool bias = true, residual = false;
};

// The first convolution gives the depthwise one its input, and that the last one, of `outputs` channels.
SeparableBlockProblem block(ConvProblem first, ConvProblem depthwise, int64_t outputs,
                            const Parts& parts = {}) {
  ConvProblem last{
      .n = first.n, .h = depthwise.p(), .w = depthwise.q(), .c = first.k, .k = outputs, .r = 1, .s = 1};
  last.residual = parts.residual;
  first.activation = parts.between;
  depthwise.activation = parts.behind;
  last.activation = parts.at_end;
  for (ConvProblem* conv : {&first, &depthwise, &last}) {
    conv->bias = parts.bias;
    conv->constant_weights = true;
  }
  return {.expand = first, .depthwise = depthwise, .project = last, .math = Math::bf16};
}

SeparableBlockProblem inverted(int64_t n, int64_t size, int64_t c, int64_t wide, int64_t outputs,
                               int64_t filter, int64_t stride, const Parts& parts = {}) {
  return block(square_conv(n, size, c, wide, 1),
               square_conv(n, size, wide, wide, filter, stride, filter / 2, wide), outputs, parts);
}

// A stem of three channels, and the depthwise separable convolution behind it.
SeparableBlockProblem stem(ConvProblem first, int64_t pad, int64_t outputs) {
  ConvProblem depthwise = square_conv(first.n, first.p(), first.k, first.k, 3, 1, pad, first.k);
  depthwise.w = first.q();
  SeparableBlockProblem p = block(first, depthwise, outputs);
  p.expand.wide_y = p.depthwise.wide_x = true;
  return p;
}

// Channels that fill tiles and vectors, and that do not; rows of one strip and of many; borders of all kinds.
std::vector<SeparableBlockProblem> problems() {
  ConvProblem wide = square_conv(2, 9, 24, 72, 1), behind = square_conv(2, 9, 72, 72, 3, 1, 1, 72);
  wide.w = behind.w = 31;
  ConvProblem same = square_conv(2, 12, 96, 96, 3, 2, 0, 96);  // TensorFlow's SAME: more behind than before
  same.pad_bottom = same.pad_right = 1;
  ConvProblem far = square_conv(1, 3, 32, 32, 5, 1, 7, 32);  // rows that see nothing but padding
  ConvProblem picture = square_conv(2, 19, 3, 32, 3, 2, 1), odd = square_conv(1, 20, 3, 24, 3, 2, 0);
  picture.w = 34;
  odd.pad_bottom = odd.pad_right = 1;
  ConvProblem uneven = square_conv(1, 12, 3, 32, 3, 2, 0), apart = square_conv(1, 17, 2, 32, 3, 4, 1);
  uneven.pad_top = 2, uneven.pad_right = 1;
  apart.r = 2, apart.pad_bottom = 0;  // rows that no patch reads
  ConvProblem joined = square_conv(1, 8, 3, 64, 2, 2, 0);
  joined.stride_h = 1;                                     // patches of all rows side by side
  ConvProblem narrow = square_conv(1, 2, 3, 32, 3, 2, 0);  // narrower than the filter
  narrow.pad_bottom = narrow.pad_right = 1;
  return {
      inverted(2, 9, 24, 144, 24, 3, 1, {.residual = true}),
      inverted(1, 30, 16, 96, 24, 3, 2),
      inverted(3, 14, 64, 384, 96, 3, 1, {.between = Activation::relu6, .behind = Activation::relu}),
      inverted(2, 7, 160, 320, 160, 3, 1, {.bias = false, .residual = true}),
      inverted(2, 14, 40, 240, 40, 5, 1, {.residual = true}),
      inverted(1, 15, 24, 72, 40, 5, 2, {.at_end = Activation::relu}),
      inverted(2, 8, 5, 33, 7, 3, 1, {.at_end = Activation::relu6}),
      inverted(1, 1, 8, 48, 8, 3, 1, {.residual = true}),
      inverted(5, 2, 33, 64, 70, 5, 1),
      inverted(1, 96, 8, 32, 12, 3, 1, {.residual = true}),
      block(wide, behind, 20),
      block(square_conv(2, 12, 16, 96, 1), same, 32),
      block(square_conv(1, 3, 8, 32, 1), far, 16),
      block(square_conv(1, 9, 12, 64, 1), square_conv(1, 9, 64, 64, 3, 1, 0, 64), 24),
      stem(picture, 1, 16),
      stem(odd, 1, 16),
      stem(square_conv(1, 17, 3, 32, 3, 1, 2), 0, 8),
      stem(narrow, 1, 16),
      stem(square_conv(1, 13, 8, 32, 2, 2, 0), 1, 16),
      stem(square_conv(2, 40, 3, 16, 3, 2, 1), 1, 48),
      inverted(3, 21, 6, 9, 40, 3, 1),
      inverted(2, 11, 1, 1, 1, 3, 1),
      inverted(1, 10, 3, 17, 64, 5, 2),
      stem(uneven, 1, 16),
      stem(apart, 1, 16),
      stem(joined, 1, 64),
      block(square_conv(1, 20, 3, 64, 3, 2, 1), square_conv(1, 10, 64, 64, 5, 2, 2, 64), 24),
  };
}

struct BlockData {
  HostTensor x, expand_w, depthwise_w, project_w, residual;
  HostTensor biases[3];
};

using Draw = HostTensor (*)(const Shape& shape, uint32_t seed);

BlockData draw(const SeparableBlockProblem& p, Draw number) {
  return {number(x_shape(p.expand), 1),
          number(w_shape(p.expand), 2),
          number(w_shape(p.depthwise), 3),
          number(w_shape(p.project), 4),
          number(y_shape(p.project), 5),
          {number({p.expand.k}, 6), number({p.depthwise.k}, 7), number({p.project.k}, 8)}};
}

// In float32 nothing is wider than the rest.
SeparableBlockProblem with_math(SeparableBlockProblem p, Math math) {
  p.math = math;
  if (math == Math::fp32) p.expand.wide_y = p.depthwise.wide_x = p.depthwise.wide_w = false;
  return p;
}

OpCase<SeparableBlock> case_of(const SeparableBlockProblem& p, const BlockData& d) {
  using A = SeparableBlock::Args;
  const auto stored = [&](HostTensor tensor) {
    return p.math == Math::bf16 ? of_type(std::move(tensor), DType::bfloat16) : tensor;
  };
  OpCase<SeparableBlock> test{p,
                              {{&A::x, stored(d.x)},
                               {&A::expand_w, stored(d.expand_w)},
                               {&A::depthwise_w, p.depthwise.wide_w ? d.depthwise_w : stored(d.depthwise_w)},
                               {&A::project_w, stored(d.project_w)}},
                              {},
                              {{&A::y, stored(zeros(y_shape(p.project)))}},
                              {},
                              {&A::expand_w, &A::depthwise_w, &A::project_w},
                              {},
                              {}};
  if (p.expand.bias) {
    const auto biases = {&A::expand_bias, &A::depthwise_bias, &A::project_bias};
    int i = 0;
    for (const auto member : biases) {
      test.inputs.push_back({member, d.biases[i++]});
      test.constants.push_back(member);
    }
  }
  if (p.project.residual) test.inputs.push_back({&A::residual, stored(d.residual)});
  return test;
}

std::vector<double> rounded(const std::vector<double>& values) {
  return decode(encode(values, DType::bfloat16), DType::bfloat16);
}

const Implementation<SeparableBlock>& entry_for(Math math) {
  for (const auto& entry : implementations<SeparableBlock>())
    if (entry.device == DeviceKind::cpu && entry.math == math) return entry;
  throw std::logic_error("the CPU has no entry of that kind");
}

// What the CPU says; empty where it has the block in one.
std::string why_not(const SeparableBlockProblem& p, Math math) {
  Device& device = device_for_tests("cpu");
  return entry_for(math).refuse(problem_on<SeparableBlock>(device, p), device.properties());
}

// What this processor has.
std::vector<Math> maths() {
  std::vector<Math> found;
  for (const Math math : {Math::bf16, Math::fp32}) {
    const std::string why = why_not(with_math(problems()[0], math), math);
    if (why.empty())
      found.push_back(math);
    else
      MESSAGE("skipped ", name_of(math), ": ", why);
  }
  CHECK(std::ranges::count(found, Math::fp32) == (widest_vector_bytes() == 64));
  return found;
}

// How many there were beside the reference. expect(what was found, what it was).
template <class Expect>
int check_entries(const OpCase<SeparableBlock>& test, const Expect& expect) {
  int runs = 0;
  for_each_implementation<SeparableBlock>(test.problem, [&](const auto& entry, Device& device) {
    if (device.properties().kind == DeviceKind::float64) return;
    expect(run_op(entry, device, test).tensors[0], name_run(entry, device, test.problem));
    ++runs;
  });
  return runs;
}

TEST_CASE("separable blocks: the reference is the three convolutions, one after the other") {
  using C = ConvForward::Args;
  for (const SeparableBlockProblem& p : problems()) {
    const BlockData d = draw(p, [](const Shape& shape, uint32_t seed) { return normals(shape, seed); });
    const auto convolved = [&](ConvProblem conv, const HostTensor& x, const HostTensor& w, int bias,
                               const HostTensor& residual) {
      conv.wide_x = conv.wide_w = conv.wide_y = false;
      OpCase<ConvForward> test{
          conv, {{&C::x, x}, {&C::w, w}}, {}, {{&C::y, zeros(y_shape(conv))}}, {}, {}, {}, {}};
      if (conv.bias) test.inputs.push_back({&C::bias, d.biases[bias]});
      if (conv.residual) test.inputs.push_back({&C::residual, residual});
      return HostTensor{y_shape(conv), run_reference(test).tensors[0]};
    };
    SeparableBlockProblem exact = p;
    exact.depthwise.wide_w = true;
    const HostTensor expanded = convolved(p.expand, d.x, d.expand_w, 0, {}),
                     middle = convolved(p.depthwise, expanded, d.depthwise_w, 1, {});
    OpCase<SeparableBlock> test = case_of(exact, d);
    for (auto& [member, tensor] : test.inputs) tensor.dtype = DType::float64;
    test.outputs[0].second.dtype = DType::float64;
    CHECK(run_reference(test).tensors[0] == convolved(p.project, middle, d.project_w, 2, d.residual).values);
  }
}

// Up to 256 they have no more bits than a bfloat16, and so nothing between is rounded.
TEST_CASE("separable blocks: of integers the exact result, rounded once") {
  for (const Math math : maths()) {
    const bool half = math == Math::bf16;
    int runs = 0, cases = 0;
    for (const SeparableBlockProblem& problem : problems())
      for (const bool wide_w : {false, true}) {
        if (wide_w && !half) continue;
        SeparableBlockProblem p = with_math(problem, math);
        p.depthwise.wide_w = wide_w;
        const auto test = case_of(p, draw(p, [](const Shape& shape, uint32_t seed) {
                                    return integers(shape, seed == 1 ? 3 : 1, seed);
                                  }));
        const std::vector<double> exact = run_reference(test).tensors[0],
                                  expected = half ? rounded(exact) : exact;
        CHECK(std::ranges::count_if(expected, [](double value) { return value != 0; }) >
              static_cast<int64_t>(expected.size()) / 20);
        runs += check_entries(test, [&](const std::vector<double>& got, const std::string& what) {
          check_equal(got, expected, what, Zeros::allowed);
        });
        ++cases;
      }
    CHECK(runs == cases);
  }
}

TEST_CASE("separable blocks: within what rounding the maps costs") {
  for (const Math math : maths())
    for (const SeparableBlockProblem& problem : problems()) {
      SeparableBlockProblem p = with_math(problem, math);
      const bool half = math == Math::bf16;
      p.depthwise.wide_w = half;
      const auto test = case_of(p, draw(p, [](const Shape& shape, uint32_t seed) {
                                  HostTensor tensor = normals(shape, seed);
                                  if (seed != 3) tensor.values = rounded(tensor.values);
                                  return tensor;
                                }));
      const std::vector<double> exact = run_reference(test).tensors[0];
      CHECK(check_entries(test, [&](const std::vector<double>& got, const std::string& what) {
              CHECK_MESSAGE(normalised_error(got, exact) <= (half ? 1e-4 : 1e-12), what);
            }) == 1);
    }
}

TEST_CASE("separable blocks: NaN reaches the outputs that see it, and no others") {
  const int64_t side = 9, c = 24;
  for (const Math math : maths()) {
    const SeparableBlockProblem p =
        with_math(inverted(1, side, c, 72, c, 3, 1, {.between = Activation::none}), math);
    BlockData d = draw(p, [](const Shape& shape, uint32_t seed) { return normals(shape, seed); });
    d.x.values[(4 * side + 5) * c + 3] = std::numeric_limits<double>::quiet_NaN();
    d.x.values[(8 * side + 8) * c + 1] = std::numeric_limits<double>::infinity();
    CHECK(check_entries(case_of(p, d), [&](const std::vector<double>& y, const std::string&) {
            for (int64_t h = 0; h < side; ++h)
              for (int64_t w = 0; w < side; ++w) {
                const bool sees_nan = std::abs(h - 4) <= 1 && std::abs(w - 5) <= 1,
                           sees_infinity = h >= 7 && w >= 7;
                for (int64_t k = 0; k < c; ++k) {
                  const double value = y[static_cast<size_t>((h * side + w) * c + k)];
                  CHECK(std::isnan(value) >= sees_nan);
                  // Tiles multiply zeros behind the last channel with what infinity has made of them.
                  if (!sees_infinity) CHECK(std::isnan(value) == sees_nan);
                }
              }
          }) == 1);
  }
}

TEST_CASE("separable blocks: the CPU says what it does not have") {
  for (const Math math : maths()) {
    const auto refuses = [&](auto change) {
      SeparableBlockProblem p = with_math(inverted(1, 8, 24, 144, 24, 3, 1), math);
      change(p);
      return !why_not(p, math).empty();
    };
    CHECK_FALSE(refuses([](auto&) {}));
    CHECK(refuses([](auto& p) { p.expand.constant_weights = false; }));
    CHECK(refuses([](auto& p) { p.project.constant_weights = false; }));
    CHECK(refuses([](auto& p) { p.depthwise.activation = Activation::hard_swish; }));
    CHECK(refuses([](auto& p) { p.expand.residual = true; }));
    CHECK(refuses([](auto& p) { p.project.y_slice = true; }));
    CHECK(refuses([](auto& p) { p.project.wide_y = true; }));
    CHECK(refuses([](auto& p) { p.expand.wide_x = true; }));
    CHECK(refuses([](auto& p) { p.expand.r = p.expand.s = 3, p.expand.pad_top = p.expand.pad_left = 1; }));
    CHECK(refuses([](auto& p) { p.expand.stride_h = p.expand.stride_w = 2; }));
    CHECK(refuses([](auto& p) { p.project.stride_h = p.project.stride_w = 2; }));
    CHECK(refuses([](auto& p) { p.depthwise.r = p.depthwise.s = 7; }));
    CHECK(refuses([](auto& p) { p.depthwise.dilation_h = p.depthwise.dilation_w = 2; }));
    CHECK(refuses([&](auto& p) { p.math = math == Math::fp32 ? Math::bf16 : Math::fp32; }));
  }
}

// They share images, rows or channels, whatever leaves the slowest the least to do.
TEST_CASE("separable blocks: the same bits for any number of threads") {
  for (const Math math : maths())
    for (const SeparableBlockProblem& problem :
         {inverted(1, 30, 16, 96, 24, 3, 2), inverted(3, 14, 40, 240, 40, 5, 1, {.residual = true}),
          inverted(1, 14, 80, 480, 112, 5, 1), stem(square_conv(1, 33, 3, 32, 3, 2, 1), 1, 16),
          stem(square_conv(1, 17, 3, 64, 3, 2, 1), 1, 24),
          // Of 13 strips of a row each some see nothing but padding.
          block(square_conv(1, 3, 8, 32, 1), square_conv(1, 3, 32, 32, 5, 1, 7, 32), 16)}) {
      const SeparableBlockProblem p = with_math(problem, math);
      const auto test =
          case_of(p, draw(p, [](const Shape& shape, uint32_t seed) { return normals(shape, seed); }));
      const auto with_threads = [&](int threads) {
        const auto device = open_device("cpu", {.threads = threads});
        return run_op(entry_for(math), *device, test).tensors[0];
      };
      const std::vector<double> one = with_threads(1);
      for (const int threads : {2, 3, 7, 24}) CHECK(with_threads(threads) == one);
    }
}

struct Size {
  int64_t n, side, wide;
  int filter, stride;
};

separable_block::Division division_of(const Size& size, int64_t threads, int64_t least = 1) {
  return separable_block::divide(inverted(size.n, size.side, 16, size.wide, 16, size.filter, size.stride),
                                 threads, least);
}

TEST_CASE("separable blocks: threads share what leaves the slowest the least to do") {
  const auto by_channels = [](const Size& size, int64_t threads) {
    return division_of(size, threads).by_channels;
  };
  const auto strips = [](const Size& size, int64_t threads, int64_t least = 1) {
    return division_of(size, threads, least).strips_of_image;
  };
  CHECK_FALSE(by_channels({1, 14, 480, 5, 1}, 1));
  CHECK(by_channels({1, 14, 480, 5, 1}, 2));        // strips would read 22 rows for 18
  CHECK_FALSE(by_channels({2, 14, 480, 5, 1}, 2));  // an image each
  CHECK_FALSE(by_channels({1, 56, 144, 3, 1}, 2));  // five blocks of channels do not come out even
  CHECK(strips({1, 56, 144, 3, 1}, 2) == 2);
  CHECK(strips({8, 56, 144, 3, 1}, 2) == 1);
  CHECK(strips({3, 56, 96, 3, 1}, 2) == 2);
  CHECK(strips({1, 56, 144, 3, 1}, 2, 3) == 4);  // three that the cache asks for leave one thread two
}

TEST_CASE("separable blocks: strips have every row once, and read what their filters see") {
  using namespace separable_block;
  for (const SeparableBlockProblem& p : problems())
    for (const int64_t of_image : {1, 2, 3, 40}) {
      const Strips strips(p, of_image,
                          {.element_bytes = 4,
                           .pixels_at_once = 56,
                           .half_blocks = true,
                           .inputs = [](const ConvProblem& expand) {
                             return InputLayout{expand.c, expand.w * expand.c};
                           }});
      const ConvProblem& d = p.depthwise;
      int64_t row = 0;
      for (int64_t i = 0; i < strips.count(); ++i) {
        const Strip strip = strips.strip(i);
        CHECK(strip.image * d.p() + strip.first_row == row);
        CHECK(strip.rows > 0);
        row += strip.rows;
        for (int64_t read = 0; read < (strip.rows - 1) * d.stride_h + d.r; ++read) {
          const int64_t h = strip.first_row * d.stride_h - d.pad_top + read, input = read - strip.padding;
          CHECK((h >= 0 && h < d.h) == (input >= 0 && input < strip.inputs));
          if (h >= 0 && h < d.h) CHECK(strip.first_input + input == h);
        }
      }
      CHECK(row == d.n * d.p());
    }
}

}  // namespace
}  // namespace graft::test
