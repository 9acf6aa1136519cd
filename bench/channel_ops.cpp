#include <cmath>

#include "bench/ops.h"
#include "kernels/channel_scale/channel_scale.h"
#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/prelu/prelu.h"
#include "kernels/upsample/upsample.h"

namespace graft::bench {

namespace {

#define GRAFT_MAP_LETTERS                                                                                 \
  {'n', "images", 1, 65536, 1}, {'h', "rows", 1, 65536, 56}, {'w', "columns, as h", 1, 65536, 56, 'h'}, { \
    'c', "channels", 1, 1 << 20, 64                                                                       \
  }
constexpr Letter letters[] = {GRAFT_MAP_LETTERS};
constexpr Letter shuffle_letters[] = {GRAFT_MAP_LETTERS, {'g', "groups", 1, 1 << 20, 2}};
constexpr Letter upsample_letters[] = {GRAFT_MAP_LETTERS, {'u', "factor", 1, 64, 2, 0, false}};
#undef GRAFT_MAP_LETTERS

Shape shape_of(const Sizes& z, int64_t pixels = 1) {
  check_elements("x and y", double(z.at('n')) * z.at('h') * z.at('w') * z.at('c') * double(pixels));
  return {z.at('n'), z.at('h'), z.at('w'), z.at('c')};
}

constexpr double rounding = 1e-5, narrow_rounding = 1e-2;
double tolerance_of(Math math) { return math == Math::bf16 ? narrow_rounding : rounding; }

// Sum of term(j) over the row that element i is in.
template <class Term>
double sum_of_row(int64_t i, int64_t c, const Term& term) {
  double sum = 0;
  for (int64_t j = i - i % c; j < i - i % c + c; ++j) sum += term(j);
  return sum;
}

double normed_element(const LayerNormProblem& p, const Inputs& in, int64_t i) {
  const std::vector<float>& x = in[0];
  const double c = static_cast<double>(p.c), mean = sum_of_row(i, p.c, [&](int64_t j) { return x[j]; }) / c;
  const double squares = sum_of_row(i, p.c, [&](int64_t j) { return (x[j] - mean) * (x[j] - mean); });
  return (x[i] - mean) / std::sqrt(squares / c + p.epsilon) * in[1][i % p.c] + in[2][i % p.c];
}

// Of statistics that are inputs, and not the row's.
double normed_gradient(const LayerNormProblem& p, const Inputs& in, int64_t i) {
  const int64_t row = i / p.c;
  const double inverse = 1 / std::sqrt(in[4][row] + p.epsilon), c = static_cast<double>(p.c);
  const auto normed = [&](int64_t j) { return (in[0][j] - in[3][row]) * inverse; };
  const auto g = [&](int64_t j) { return double{in[1][j]} * in[2][j % p.c]; };
  return inverse * (g(i) - sum_of_row(i, p.c, g) / c -
                    normed(i) * sum_of_row(i, p.c, [&](int64_t j) { return g(j) * normed(j); }) / c);
}

std::vector<KernelCase> layer_norm(const Sizes& sizes, Math math) {
  using A = LayerNormForward::Args;
  const Shape x = shape_of(sizes), c{x.c()}, rows{x.count() / x.c()};
  const LayerNormProblem p{.rows = rows[0], .c = x.c(), .dtype = dtype_of(math)};
  return cases_of<LayerNormForward>({.problem = p,
                                     .inputs = {{&A::x, x}, {&A::scale, c}, {&A::shift, c}},
                                     .output = &A::y,
                                     .output_shape = x,
                                     .element = normed_element,
                                     .masters = {&A::scale, &A::shift},
                                     .others = {{&A::mean, rows}, {&A::variance, rows}},
                                     .tolerance = tolerance_of(math)});
}

std::vector<KernelCase> layer_norm_backward(const Sizes& sizes, Math math) {
  using A = LayerNormBackward::Args;
  const Shape x = shape_of(sizes), c{x.c()}, rows{x.count() / x.c()};
  const LayerNormProblem p{.rows = rows[0], .c = x.c(), .dtype = dtype_of(math)};
  return cases_of<LayerNormBackward>(
      {.problem = p,
       .inputs = {{&A::x, x}, {&A::dy, x}, {&A::scale, c}, {&A::mean, rows}, {&A::variance, rows}},
       .output = &A::dx,
       .output_shape = x,
       .element = normed_gradient,
       .masters = {&A::scale, &A::mean, &A::variance},
       .others = {{&A::dscale, c}, {&A::dshift, c}},
       .tolerance = tolerance_of(math)});
}

double response_scale(const LocalResponseNormProblem& p, const std::vector<float>& x, int64_t i) {
  double squares = 0;
  for (int64_t j = i % p.c - p.size / 2; j <= i % p.c + (p.size - 1) / 2; ++j)
    if (j >= 0 && j < p.c) squares += std::pow(x[i - i % p.c + j], 2);
  return p.k + p.alpha / static_cast<double>(p.size) * squares;
}

double response_element(const LocalResponseNormProblem& p, const Inputs& in, int64_t i) {
  return in[0][i] * std::pow(response_scale(p, in[0], i), -p.beta);
}

double response_gradient(const LocalResponseNormProblem& p, const Inputs& in, int64_t j) {
  double others = 0;
  for (int64_t k = j % p.c - (p.size - 1) / 2; k <= j % p.c + p.size / 2; ++k) {
    const int64_t i = j - j % p.c + k;
    if (k >= 0 && k < p.c) others += in[1][i] * in[0][i] * std::pow(response_scale(p, in[0], i), -p.beta - 1);
  }
  return in[1][j] * std::pow(response_scale(p, in[0], j), -p.beta) -
         2 * p.alpha * p.beta / static_cast<double>(p.size) * in[0][j] * others;
}

LocalResponseNormProblem response(const Shape& x, Math math) {
  LocalResponseNormProblem p{.rows = x.count() / x.c(), .c = x.c()};
  p.dtype = dtype_of(math);
  return p;
}

std::vector<KernelCase> response_forward(const Sizes& sizes, Math math) {
  using A = LocalResponseNormForward::Args;
  const Shape x = shape_of(sizes);
  return cases_of<LocalResponseNormForward>({.problem = response(x, math),
                                             .inputs = {{&A::x, x}},
                                             .output = &A::y,
                                             .output_shape = x,
                                             .element = response_element,
                                             .tolerance = tolerance_of(math)});
}

std::vector<KernelCase> response_backward(const Sizes& sizes, Math math) {
  using A = LocalResponseNormBackward::Args;
  const Shape x = shape_of(sizes);
  return cases_of<LocalResponseNormBackward>({.problem = response(x, math),
                                              .inputs = {{&A::x, x}, {&A::dy, x}},
                                              .output = &A::dx,
                                              .output_shape = x,
                                              .element = response_gradient,
                                              .tolerance = tolerance_of(math)});
}

double scaled_element(const ChannelScaleProblem& p, const Inputs& in, int64_t i) {
  return in[0][i] * in[1][i % p.c];
}

ChannelScaleProblem scaling(const Shape& x, Math math) {
  return {.rows = x.count() / x.c(), .c = x.c(), .wants_dscale = false, .dtype = dtype_of(math)};
}

std::vector<KernelCase> scale_forward(const Sizes& sizes, Math math) {
  using A = ChannelScaleForward::Args;
  const Shape x = shape_of(sizes), c{x.c()};
  return cases_of<ChannelScaleForward>({.problem = scaling(x, math),
                                        .inputs = {{&A::x, x}, {&A::scale, c}},
                                        .output = &A::y,
                                        .output_shape = x,
                                        .element = scaled_element,
                                        .masters = {&A::scale}});
}

std::vector<KernelCase> scale_backward(const Sizes& sizes, Math math) {
  using A = ChannelScaleBackward::Args;
  const Shape x = shape_of(sizes), c{x.c()};
  return cases_of<ChannelScaleBackward>({.problem = scaling(x, math),
                                         .inputs = {{&A::dy, x}, {&A::scale, c}},
                                         .output = &A::dx,
                                         .output_shape = x,
                                         .element = scaled_element,
                                         .masters = {&A::scale}});
}

double prelu_element(const PreluProblem& p, const Inputs& in, int64_t i) {
  return in[0][i] > 0 ? in[0][i] : in[0][i] * in[1][i % p.c];
}

double prelu_gradient(const PreluProblem& p, const Inputs& in, int64_t i) {
  return in[0][i] > 0 ? in[2][i] : in[2][i] * in[1][i % p.c];
}

std::vector<KernelCase> prelu_forward(const Sizes& sizes, Math math) {
  using A = PreluForward::Args;
  const Shape x = shape_of(sizes), c{x.c()};
  return cases_of<PreluForward>({.problem = {.rows = x.count() / x.c(), .c = x.c(), .dtype = dtype_of(math)},
                                 .inputs = {{&A::x, x}, {&A::slope, c}},
                                 .output = &A::y,
                                 .output_shape = x,
                                 .element = prelu_element,
                                 .masters = {&A::slope}});
}

std::vector<KernelCase> prelu_backward(const Sizes& sizes, Math math) {
  using A = PreluBackward::Args;
  const Shape x = shape_of(sizes), c{x.c()};
  return cases_of<PreluBackward>({.problem = {.rows = x.count() / x.c(), .c = x.c(), .dtype = dtype_of(math)},
                                  .inputs = {{&A::x, x}, {&A::slope, c}, {&A::dy, x}},
                                  .output = &A::dx,
                                  .output_shape = x,
                                  .element = prelu_gradient,
                                  .masters = {&A::slope},
                                  .others = {{&A::dslope, c}}});
}

double shuffled_element(const ChannelShuffleProblem& p, const Inputs& in, int64_t i) {
  const int64_t to = i % p.c;
  return in[0][i - to + to % p.groups * (p.c / p.groups) + to / p.groups];
}

std::vector<KernelCase> shuffle(const Sizes& sizes, Math math) {
  using A = ChannelShuffle::Args;
  const Shape x = shape_of(sizes);
  GRAFT_CHECK(x.c() % sizes.at('g') == 0, call, "shape: ", x.c(), " channels cannot have ", sizes.at('g'),
              " groups");
  return cases_of<ChannelShuffle>({.problem = {x.count() / x.c(), x.c(), sizes.at('g'), dtype_of(math)},
                                   .inputs = {{&A::x, x}},
                                   .output = &A::y,
                                   .output_shape = x,
                                   .element = shuffled_element});
}

double upsampled_element(const UpsampleProblem& p, const Inputs& in, int64_t i) {
  const int64_t k = i % p.c, column = i / p.c % (p.w * p.factor), row = i / p.c / (p.w * p.factor);
  return in[0][(row / p.factor * p.w + column / p.factor) * p.c + k];
}

double upsampled_gradient(const UpsampleProblem& p, const Inputs& in, int64_t i) {
  const int64_t k = i % p.c, column = i / p.c % p.w, row = i / p.c / p.w;
  double sum = 0;
  for (int64_t a = 0; a < p.factor; ++a)
    for (int64_t b = 0; b < p.factor; ++b)
      sum += in[0][((row * p.factor + a) * p.w * p.factor + column * p.factor + b) * p.c + k];
  return sum;
}

struct Upsampling {
  UpsampleProblem p;
  Shape x, y;

  Upsampling(const Sizes& z, Math math) {
    const int64_t factor = z.at('u');
    x = shape_of(z, factor * factor);
    p = {x.n(), x.h(), x.w(), x.c(), factor, dtype_of(math)};
    y = {x.n(), x.h() * factor, x.w() * factor, x.c()};
  }
};

std::vector<KernelCase> upsample_forward(const Sizes& sizes, Math math) {
  using A = UpsampleForward::Args;
  const Upsampling z(sizes, math);
  return cases_of<UpsampleForward>({z.p, {{&A::x, z.x}}, &A::y, z.y, upsampled_element});
}

std::vector<KernelCase> upsample_backward(const Sizes& sizes, Math math) {
  using A = UpsampleBackward::Args;
  const Upsampling z(sizes, math);
  return cases_of<UpsampleBackward>({z.p, {{&A::dy, z.y}}, &A::dx, z.x, upsampled_gradient});
}

constexpr OpPass passes[] = {{"layer_norm", "forward", letters, layer_norm},
                             {"layer_norm", "backward", letters, layer_norm_backward},
                             {"local_response_norm", "forward", letters, response_forward},
                             {"local_response_norm", "backward", letters, response_backward},
                             {"channel_scale", "forward", letters, scale_forward},
                             {"channel_scale", "backward", letters, scale_backward},
                             {"prelu", "forward", letters, prelu_forward},
                             {"prelu", "backward", letters, prelu_backward},
                             {"channel_shuffle", "forward", shuffle_letters, shuffle},
                             {"upsample", "forward", upsample_letters, upsample_forward},
                             {"upsample", "backward", upsample_letters, upsample_backward}};

}  // namespace

std::span<const OpPass> channel_passes() { return passes; }

}  // namespace graft::bench
