#include "kernels/conv/conv.h"

#include "kernels/conv_cases.h"

namespace graft::test {
namespace {

TEST_CASE("conv: integers give the exact sums in every implementation") {
  int runs = 0;
  for (ConvProblem p : conv_problems()) {
    for (bool epilogue : {false, true}) {
      for (bool constant : {false, true}) {
        p.bias = p.residual = epilogue;
        p.activation = epilogue ? Activation::relu6 : Activation::none;
        p.constant_weights = constant;
        const HostTensor x = integers(x_shape(p), 3, 1), w = integers(w_shape(p), 3, 2);
        const HostTensor bias = integers({p.k}, 2, 3), residual = integers(y_shape(p), 5, 4);
        const HostTensor dy = integers(y_shape(p), 3, 5);
        std::vector<double> y(dy.values.size()), dx(x.values.size()), dw(w.values.size()), dbias(p.k);
        for_each_product(p, [&](int64_t xi, int64_t wi, int64_t yi) {
          y[yi] += x.values[xi] * w.values[wi];
          dx[xi] += dy.values[yi] * w.values[wi];
          dw[wi] += dy.values[yi] * x.values[xi];
        });
        for (size_t i = 0; i < y.size(); ++i) {
          dbias[i % p.k] += dy.values[i];
          if (epilogue) y[i] = activate(p.activation, y[i] + bias.values[i % p.k] + residual.values[i]);
        }
        runs += for_each_implementation<ConvForward>(p, [&](const auto& implementation, Device& device) {
          if (implementation.arithmetic != Arithmetic::exact) return;
          const auto got = run_op(implementation, device, forward_case(p, x, w, bias, residual));
          check_equal(got.tensors[0], y, name_run(implementation, device, p), Zeros::allowed);
        });
        runs += for_each_implementation<ConvBackwardData>(p, [&](const auto& implementation, Device& device) {
          if (implementation.arithmetic != Arithmetic::exact) return;
          const auto got = run_op(implementation, device, backward_data_case(p, dy, w));
          check_equal(got.tensors[0], dx, name_run(implementation, device, p), Zeros::allowed);
        });
        runs +=
            for_each_implementation<ConvBackwardWeights>(p, [&](const auto& implementation, Device& device) {
              if (implementation.arithmetic != Arithmetic::exact) return;
              const auto got = run_op(implementation, device, backward_weights_case(p, x, dy));
              check_equal(got.tensors[0], dw, name_run(implementation, device, p), Zeros::allowed);
              if (p.bias)
                check_equal(got.tensors[1], dbias, name_run(implementation, device, p), Zeros::allowed);
            });
      }
    }
  }
  CHECK(runs >= 18 * 4 * 3 * 2);
}

// The last in several goes of the library's, each of which stays in the cache.
TEST_CASE("conv: exact as a slice of wider pixels too, whose other channels are left alone") {
  int runs = 0;
  for (ConvProblem p : {ConvProblem{.n = 3, .h = 5, .w = 4, .c = 8, .k = 12, .r = 1, .s = 1},
                        {.n = 2, .h = 9, .w = 8, .c = 5, .k = 7, .r = 3, .s = 3, .stride_h = 2},
                        {.n = 6, .h = 40, .w = 40, .c = 4, .k = 64, .r = 3, .s = 3}}) {
    p.bias = true;
    p.activation = Activation::relu;
    p.y_slice = true;
    const HostTensor x = integers(x_shape(p), 3, 1), w = integers(w_shape(p), 3, 2),
                     bias = integers({p.k}, 2, 3);
    ConvProblem dense = p;
    dense.y_slice = false;
    const auto expected = run_reference(forward_case(dense, x, w, bias, {})).tensors[0];
    runs += for_each_implementation<ConvForward>(p, [&](const auto& entry, Device& device) {
      const std::string what = name_run(entry, device, p);
      const auto got = run_op(entry, device, slice_case(p, x, w, bias)).tensors[0];
      check_equal(inside_slice(p, got, what), expected, what, Zeros::allowed);
    });
  }
  CHECK(runs >= 3 * 4);
}

TEST_CASE("conv: real numbers stay within the float32 bound of the double reference") {
  int runs = 0;
  for (ConvProblem p : conv_problems()) {
    p.bias = p.residual = true;
    const HostTensor x = normals(x_shape(p), 11), w = normals(w_shape(p), 12), bias = normals({p.k}, 13);
    const HostTensor residual = normals(y_shape(p), 14), dy = normals(y_shape(p), 15);
    const auto forward = forward_case(p, x, w, bias, residual);
    const auto y = run_reference(forward).tensors[0];
    const auto y_size =
        run_reference(forward_case(p, absolute(x), absolute(w), absolute(bias), absolute(residual)))
            .tensors[0];
    runs += for_each_implementation<ConvForward>(p, [&](const auto& implementation, Device& device) {
      const auto got = run_op(implementation, device, forward);
      check_sums(got.tensors[0], y, y_size, double(p.r * p.s * p.group_c() + 2),
                 name_run(implementation, device, p));
    });
    const auto data = backward_data_case(p, dy, w);
    const auto dx = run_reference(data).tensors[0];
    const auto dx_size = run_reference(backward_data_case(p, absolute(dy), absolute(w))).tensors[0];
    // A 1x1 filter with a stride leaves inputs that nobody reads.
    runs += for_each_implementation<ConvBackwardData>(p, [&](const auto& implementation, Device& device) {
      const auto got = run_op(implementation, device, data);
      check_sums(got.tensors[0], dx, dx_size, double(p.r * p.s * p.group_k()),
                 name_run(implementation, device, p), p.stride_h > 1 ? Zeros::allowed : Zeros::few);
    });
    const auto weights = backward_weights_case(p, x, dy);
    const auto dw = run_reference(weights).tensors;
    const auto dw_size = run_reference(backward_weights_case(p, absolute(x), absolute(dy))).tensors;
    runs += for_each_implementation<ConvBackwardWeights>(p, [&](const auto& implementation, Device& device) {
      const auto got = run_op(implementation, device, weights);
      const double terms = double(p.n * p.p() * p.q());
      check_sums(got.tensors[0], dw[0], dw_size[0], terms, name_run(implementation, device, p));
      check_sums(got.tensors[1], dw[1], dw_size[1], terms, name_run(implementation, device, p));
    });
  }
  CHECK(runs >= 18 * 3 * 2);
}

TEST_CASE("conv: the residual may be y itself") {
  using Args = ConvForward::Args;
  ConvProblem p = square_conv(2, 7, 16, 24, 3, 1, 1);
  p.residual = true;
  const HostTensor x = integers(x_shape(p), 3, 21), w = integers(w_shape(p), 3, 22);
  const HostTensor residual = integers(y_shape(p), 5, 23);
  const auto apart = run_reference(forward_case(p, x, w, {}, residual)).tensors[0];
  const OpCase<ConvForward> together{
      p, {{&Args::x, x}, {&Args::w, w}}, {{&Args::y, residual}}, {}, {{&Args::residual, &Args::y}}, {}, {},
      {}};
  const int runs = for_each_implementation<ConvForward>(p, [&](const auto& implementation, Device& device) {
    check_equal(run_op(implementation, device, together).tensors[0], apart,
                name_run(implementation, device, p));
  });
  CHECK(runs >= 3);
}

TEST_CASE("conv: constant weights are packed by oneDNN and never read again") {
  ConvProblem p = square_conv(1, 9, 32, 32, 3, 1, 1);
  p.constant_weights = true;
  const HostTensor x = integers(x_shape(p), 3, 31), w = integers(w_shape(p), 3, 32);
  bool packed = false;
  for_each_implementation<ConvForward>(p, [&](const auto& implementation, Device& device) {
    packed |= run_op(implementation, device, forward_case(p, x, w, {}, {})).packed;
  });
  CHECK(packed);
}

}  // namespace
}  // namespace graft::test
