#include "bench/conv_definition.h"
#include "bench/ops.h"

namespace graft::bench {

namespace {

constexpr Letter letters[] = {
    {'n', "images", 1, 65536, 1},
    {'h', "input rows", 1, 65536, 56},
    {'w', "input columns, as h", 1, 65536, 56, 'h'},
    {'c', "input channels", 1, 1 << 20, 64},
    {'k', "output channels, as c", 1, 1 << 20, 64, 'c'},
    {'r', "filter rows", 1, 1024, 1},
    {'s', "filter columns, as r", 1, 1024, 1, 'r'},
    {'p', "padding on all sides", 0, 1024, 0, 0, false},
    {'e', "more padding at the bottom and the right", 0, 1024, 0, 0, false},
    {'u', "stride", 1, 1024, 1, 0, false},
    {'d', "dilation", 1, 1024, 1, 0, false},
    {'g', "groups", 1, 1 << 20, 1, 0, false},
};

void check_fit(int64_t input, int64_t padding, int64_t dilation, int64_t filter, std::string_view what) {
  const int64_t extent = dilation * (filter - 1) + 1;
  GRAFT_CHECK(input + padding >= extent, call, "shape: a filter over ", extent, ' ', what,
              " does not fit into ", input + padding, " with padding");
}

ConvProblem conv_problem(const Sizes& z, Math math) {
  const auto at = [&](char letter) { return z.at(letter); };
  ConvProblem p{
      .n = at('n'), .h = at('h'), .w = at('w'), .c = at('c'), .k = at('k'), .r = at('r'), .s = at('s')};
  p.pad_top = p.pad_left = at('p');
  p.pad_bottom = p.pad_right = at('p') + at('e');
  p.stride_h = p.stride_w = at('u');
  p.dilation_h = p.dilation_w = at('d');
  p.groups = at('g');
  p.math = math;
  p.dtype = dtype_of(math);
  GRAFT_CHECK(p.c % p.groups == 0 && p.k % p.groups == 0, call, "shape: ", p.groups, " groups do not divide ",
              p.c, " and ", p.k, " channels");
  check_fit(p.h, 2 * at('p') + at('e'), at('d'), p.r, "rows");
  check_fit(p.w, 2 * at('p') + at('e'), at('d'), p.s, "columns");
  const double outputs = double(p.n) * p.p() * p.q() * p.k;
  check_elements("x", double(p.n) * p.h * p.w * p.c);
  check_elements("w", double(p.k) * p.r * p.s * p.group_c());
  check_elements("y", outputs);
  GRAFT_CHECK(outputs * p.r * p.s * p.group_c() < 0x1p53, call, "shape: more than 2^53 multiply-adds");
  return p;
}

Shape x_shape(const ConvProblem& p) { return {p.n, p.h, p.w, p.c}; }
Shape w_shape(const ConvProblem& p) { return {p.k, p.r, p.s, p.group_c()}; }
Shape y_shape(const ConvProblem& p) { return {p.n, p.p(), p.q(), p.k}; }

std::vector<KernelCase> forward(const Sizes& sizes, Math math) {
  using A = ConvForward::Args;
  const ConvProblem p = conv_problem(sizes, math);
  return cases_of<ConvForward>(
      {p, {{&A::x, x_shape(p)}, {&A::w, w_shape(p)}}, &A::y, y_shape(p), conv_forward_element});
}

std::vector<KernelCase> backward_data(const Sizes& sizes, Math math) {
  using A = ConvBackwardData::Args;
  const ConvProblem p = conv_problem(sizes, math);
  return cases_of<ConvBackwardData>(
      {p, {{&A::dy, y_shape(p)}, {&A::w, w_shape(p)}}, &A::dx, x_shape(p), conv_backward_data_element});
}

std::vector<KernelCase> backward_weights(const Sizes& sizes, Math math) {
  using A = ConvBackwardWeights::Args;
  const ConvProblem p = conv_problem(sizes, math);
  return cases_of<ConvBackwardWeights>({p,
                                        {{&A::x, x_shape(p)}, {&A::dy, y_shape(p)}},
                                        &A::dw,
                                        w_shape(p),
                                        conv_backward_weights_element,
                                        DType::float32});
}

constexpr OpPass passes[] = {{"conv", "forward", letters, forward},
                             {"conv", "backward_data", letters, backward_data},
                             {"conv", "backward_weights", letters, backward_weights}};

}  // namespace

std::span<const OpPass> conv_passes() { return passes; }

}  // namespace graft::bench
