#include <algorithm>

#include "bench/ops.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/pool/pool.h"

namespace graft::bench {

namespace {

constexpr Letter letters[] = {{'n', "images", 1, 65536, 1},
                              {'h', "rows", 1, 65536, 56},
                              {'w', "columns, as h", 1, 65536, 56, 'h'},
                              {'c', "channels", 1, 1 << 20, 64}};
constexpr Letter pool_letters[] = {{'n', "images", 1, 65536, 1},
                                   {'h', "input rows", 1, 65536, 56},
                                   {'w', "input columns, as h", 1, 65536, 56, 'h'},
                                   {'c', "channels", 1, 1 << 20, 64},
                                   {'r', "window rows", 1, 1024, 3},
                                   {'s', "window columns, as r", 1, 1024, 3, 'r'},
                                   {'p', "padding on all sides", 0, 1024, 0, 0, false},
                                   {'u', "stride", 1, 1024, 1, 0, false}};

double add_element(const AddProblem& p, const Inputs& in, int64_t i) {
  return activate(p.activation, in[0][i] + in[1][i]);
}

double activation_element(const ActivationProblem& p, const Inputs& in, int64_t i) {
  return activate(p.activation, in[0][i]);
}

double gradient_element(const ActivationProblem& p, const Inputs& in, int64_t i) {
  return activation_gradient<double>(p.activation, in[0][i], in[1][i]);
}

double copy_element(const CopyProblem&, const Inputs& in, int64_t i) { return in[0][i]; }

double max_element(const PoolProblem& p, const Inputs& in, int64_t i) {
  const int64_t c = i % p.c, q = i / p.c % p.q, row = i / p.c / p.q % p.p, n = i / p.c / p.q / p.p;
  double most = -1e30;
  for (int64_t h = std::max<int64_t>(p.rows(row).begin, 0); h < std::min(p.rows(row).end, p.h); ++h)
    for (int64_t w = std::max<int64_t>(p.columns(q).begin, 0); w < std::min(p.columns(q).end, p.w); ++w)
      most = std::max<double>(most, in[0][((n * p.h + h) * p.w + w) * p.c + c]);
  return most;
}

Shape shape_of(const Sizes& z) {
  check_elements("x", double(z.at('n')) * z.at('h') * z.at('w') * z.at('c'));
  return {z.at('n'), z.at('h'), z.at('w'), z.at('c')};
}

// ReLU, as in the networks that the named shapes are of.
std::vector<KernelCase> add(const Sizes& sizes, Math math) {
  using A = Add::Args;
  const Shape x = shape_of(sizes);
  return cases_of<Add>(
      {{x.count(), Activation::relu, dtype_of(math)}, {{&A::a, x}, {&A::b, x}}, &A::y, x, add_element});
}

ActivationProblem relu(const Shape& x, Math math) {
  return {x.n(), x.h(), x.w(), x.c(), Activation::relu, dtype_of(math)};
}

std::vector<KernelCase> activation_forward(const Sizes& sizes, Math math) {
  using A = ActivationForward::Args;
  const Shape x = shape_of(sizes);
  return cases_of<ActivationForward>({relu(x, math), {{&A::x, x}}, &A::y, x, activation_element});
}

std::vector<KernelCase> activation_backward(const Sizes& sizes, Math math) {
  using A = ActivationBackward::Args;
  const Shape x = shape_of(sizes);
  return cases_of<ActivationBackward>(
      {relu(x, math), {{&A::y, x}, {&A::dy, x}}, &A::dx, x, gradient_element});
}

std::vector<KernelCase> copy(const Sizes& sizes, Math math) {
  using A = Copy::Args;
  const Shape x = shape_of(sizes);
  return cases_of<Copy>({{x.count() / x.c(), x.c(), dtype_of(math)}, {{&A::x, x}}, &A::y, x, copy_element});
}

std::vector<KernelCase> max_pool(const Sizes& z, Math math) {
  using A = PoolForward::Args;
  const Shape x = shape_of(z);
  PoolProblem p{.kind = PoolKind::max, .n = x.n(), .h = x.h(), .w = x.w(), .c = x.c(), .p = 0, .q = 0};
  p.dtype = dtype_of(math);
  p.r = z.at('r'), p.s = z.at('s');
  p.stride_h = p.stride_w = z.at('u');
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = z.at('p');
  GRAFT_CHECK(p.h + 2 * z.at('p') >= p.r && p.w + 2 * z.at('p') >= p.s && z.at('p') < std::min(p.r, p.s),
              call,
              "shape: the window does not fit into the input with padding, or lies in the padding alone");
  p.p = (p.h + 2 * z.at('p') - p.r) / p.stride_h + 1;
  p.q = (p.w + 2 * z.at('p') - p.s) / p.stride_w + 1;
  const Shape y{p.n, p.p, p.q, p.c};
  check_elements("y", double(p.n) * p.p * p.q * p.c);
  return cases_of<PoolForward>({p, {{&A::x, x}}, &A::y, y, max_element});
}

constexpr OpPass passes[] = {{"add", "forward", letters, add},
                             {"activation", "forward", letters, activation_forward},
                             {"activation", "backward", letters, activation_backward},
                             {"copy", "forward", letters, copy},
                             {"max_pool", "forward", pool_letters, max_pool}};

}  // namespace

std::span<const OpPass> memory_passes() { return passes; }

}  // namespace graft::bench
