#include "kernels/gemm/dense.h"

#include "support/compare.h"

namespace graft::test {
namespace {

const DenseProblem problems[] = {{1, 1, 1},    {3, 7, 5},    {32, 64, 10},  {5, 127, 33}, {17, 300, 129},
                                 {1, 513, 37}, {1, 700, 36}, {8, 132, 300}, {9, 132, 68}};

struct DenseData {
  HostTensor x, w, bias, dy;
};

DenseData draw(const DenseProblem& p, bool whole) {
  const auto make = [&](const Shape& shape, uint32_t seed) {
    return whole ? integers(shape, 3, seed) : normals(shape, seed);
  };
  return {make({p.n, p.inputs}, 1), make({p.outputs, p.inputs}, 2), make({p.outputs}, 3),
          make({p.n, p.outputs}, 4)};
}

DenseData absolute(const DenseData& d) {
  return {test::absolute(d.x), test::absolute(d.w), test::absolute(d.bias), test::absolute(d.dy)};
}

OpCase<DenseForward> forward_case(const DenseProblem& p, const DenseData& d) {
  using A = DenseForward::Args;
  return {p,  {{&A::x, d.x}, {&A::w, d.w}, {&A::bias, d.bias}},
          {}, {{&A::y, zeros({p.n, p.outputs})}},
          {}, {&A::w, &A::bias},
          {}, {}};
}
OpCase<DenseBackwardData> data_case(const DenseProblem& p, const DenseData& d) {
  using A = DenseBackwardData::Args;
  return {p, {{&A::dy, d.dy}, {&A::w, d.w}}, {}, {{&A::dx, zeros({p.n, p.inputs})}}, {}, {&A::w}, {}, {}};
}
OpCase<DenseBackwardWeights> weights_case(const DenseProblem& p, const DenseData& d) {
  using A = DenseBackwardWeights::Args;
  return {p,  {{&A::x, d.x}, {&A::dy, d.dy}},
          {}, {{&A::dw, zeros({p.outputs, p.inputs})}, {&A::dbias, zeros({p.outputs})}},
          {}, {},
          {}, {}};
}

TEST_CASE("dense: integers give the exact sums in every implementation") {
  int runs = 0;
  for (DenseProblem p : problems)
    for (bool constant : {false, true}) {
      p.bias = true;
      p.constant_weights = constant;
      p.activation = constant ? Activation::relu : Activation::none;
      const DenseData d = draw(p, true);
      std::vector<double> y(p.n * p.outputs), dx(p.n * p.inputs), dw(p.outputs * p.inputs), dbias(p.outputs);
      for (int64_t n = 0; n < p.n; ++n)
        for (int64_t k = 0; k < p.outputs; ++k) {
          const double dy = d.dy.values[n * p.outputs + k];
          double sum = d.bias.values[k];
          for (int64_t i = 0; i < p.inputs; ++i) {
            sum += d.x.values[n * p.inputs + i] * d.w.values[k * p.inputs + i];
            dx[n * p.inputs + i] += dy * d.w.values[k * p.inputs + i];
            dw[k * p.inputs + i] += dy * d.x.values[n * p.inputs + i];
          }
          y[n * p.outputs + k] = activate(p.activation, sum);
          dbias[k] += dy;
        }
      runs += for_each_implementation<DenseForward>(p, [&](const auto& entry, Device& device) {
        check_equal(run_op(entry, device, forward_case(p, d)).tensors[0], y, name_run(entry, device, p),
                    Zeros::allowed);
      });
      runs += for_each_implementation<DenseBackwardData>(p, [&](const auto& entry, Device& device) {
        check_equal(run_op(entry, device, data_case(p, d)).tensors[0], dx, name_run(entry, device, p),
                    Zeros::allowed);
      });
      runs += for_each_implementation<DenseBackwardWeights>(p, [&](const auto& entry, Device& device) {
        const auto got = run_op(entry, device, weights_case(p, d)).tensors;
        check_equal(got[0], dw, name_run(entry, device, p), Zeros::allowed);
        check_equal(got[1], dbias, name_run(entry, device, p), Zeros::allowed);
      });
    }
  CHECK(runs >= 6 * 2 * 3 * 3);
}

TEST_CASE("dense: real numbers stay within the float32 bound of the double reference") {
  int runs = 0;
  for (DenseProblem p : problems) {
    p.bias = true;
    const DenseData d = draw(p, false), size = absolute(d);
    const auto check = [&](const auto& test, const auto& sizes, double terms) {
      using Op = typename std::decay_t<decltype(test)>::Tested;
      const auto truth = run_reference(test).tensors, magnitude = run_reference(sizes).tensors;
      runs += for_each_implementation<Op>(p, [&](const auto& entry, Device& device) {
        const auto got = run_op(entry, device, test).tensors;
        for (size_t i = 0; i < got.size(); ++i)
          check_sums(got[i], truth[i], magnitude[i], terms, name_run(entry, device, p));
      });
    };
    check(forward_case(p, d), forward_case(p, size), double(p.inputs + 1));
    check(data_case(p, d), data_case(p, size), double(p.outputs));
    check(weights_case(p, d), weights_case(p, size), double(p.n));
  }
  CHECK(runs >= 6 * 3 * 3);
}

}  // namespace
}  // namespace graft::test
