#include "kernels/activation/activation.h"

#include "support/compare.h"

namespace graft::test {
namespace {

constexpr Activation smooth[] = {Activation::sigmoid, Activation::silu, Activation::hard_sigmoid,
                                 Activation::hard_swish, Activation::gelu};
using F = ActivationForward::Args;
using B = ActivationBackward::Args;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double ramp(double x) { return std::min(std::max(x + 3, 0.0), 6.0) / 6; }

double value(Activation kind, double x) {
  if (kind == Activation::sigmoid) return logistic(x);
  if (kind == Activation::silu) return x * logistic(x);
  if (kind == Activation::gelu) return x * std::erfc(-x * std::sqrt(0.5)) / 2;
  return kind == Activation::hard_sigmoid ? ramp(x) : x * ramp(x);
}

// From -30 to 30, kinks left out; most of them where something bends.
HostTensor points(const Shape& shape) {
  HostTensor x = normals(shape, 1, 0, 4);
  for (size_t i = 0; i < x.values.size(); i += 5) x.values[i] *= 3;
  for (double& v : x.values) v = static_cast<float>(std::clamp(v, -30.0, 30.0));
  return x;
}

// oneDNN's exponential is a polynomial of its own; the bound is twice what ours has.
double slack(const Device& device) { return device.properties().kind == DeviceKind::cpu ? 2 : 1; }

// Of the value, absolutely. gelu: its argument's two roundings count x^2 times each, below the smallest
// normal number nothing is exact, and oneDNN's error function is good to 1.5e-7 of 1 (Abramowitz and
// Stegun 7.1.26).
double value_bound(Activation kind, double x, bool library) {
  const double y = std::fabs(value(kind, x));
  if (kind != Activation::gelu) return activation_error * y;
  return (activation_error + 2 * x * x * std::ldexp(1.0, -24)) * y + std::ldexp(std::fabs(x), -126) +
         (library ? 1e-7 * std::fabs(x) : 0);
}

TEST_CASE("activation: sigmoid, silu and the hard ones are their formulas within the bound; in place too") {
  int runs = 0;
  for (Activation kind : smooth)
    for (const ActivationProblem& p : {ActivationProblem{1, 1, 1, 1, kind}, {3, 7, 11, 13, kind}}) {
      const HostTensor x = points({p.n, p.h, p.w, p.c});
      std::vector<double> y(x.values.size()), bound(y.size());
      for (size_t i = 0; i < y.size(); ++i) y[i] = value(kind, x.values[i]);
      const OpCase<ActivationForward> apart{p, {{&F::x, x}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
      const OpCase<ActivationForward> in_place{p, {}, {{&F::y, x}}, {}, {{&F::x, &F::y}}, {}, {}, {}};
      runs += for_each_implementation<ActivationForward>(p, [&](const auto& entry, Device& device) {
        for (size_t i = 0; i < y.size(); ++i)
          bound[i] = slack(device) * value_bound(kind, x.values[i], entry.name == "onednn");
        for (const auto* test : {&apart, &in_place})
          check_within(run_op(entry, device, *test).tensors[0], y, bound, name_run(entry, device, p),
                       Zeros::allowed);
      });
    }
  CHECK(runs >= 5 * 2 * 3 + 3 * 2);  // float64, cpu, emulated; on the cpu two serve silu, sigmoid and gelu
}

// The magnitudes of what is added and multiplied on the way to the derivative.
double magnitude(Activation kind, double saved) {
  const double x = std::fabs(saved);
  if (kind == Activation::silu) return logistic(saved) * (1 + x * logistic(-saved));
  if (kind == Activation::hard_swish) return x / 3 + 0.5;
  if (kind == Activation::gelu) return 1 + x;
  return 1;
}

TEST_CASE("activation: the gradients of the smooth ones, from x or from y; in place too") {
  int runs = 0;
  for (Activation kind : smooth)
    for (const ActivationProblem& p : {ActivationProblem{1, 1, 1, 1, kind}, {3, 7, 11, 13, kind}}) {
      const HostTensor x = points({p.n, p.h, p.w, p.c}), dy = normals(x.shape, 2);
      HostTensor saved = x;
      if (!gradient_reads_input(kind))
        for (double& v : saved.values) v = static_cast<float>(value(kind, v));
      const auto member = gradient_reads_input(kind) ? &B::x : &B::y;
      const OpCase<ActivationBackward> apart{
          p, {{member, saved}, {&B::dy, dy}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
      const OpCase<ActivationBackward> in_place{
          p, {{member, saved}}, {{&B::dx, dy}}, {}, {{&B::dy, &B::dx}}, {}, {}, {}};
      const auto truth = run_reference(apart).tensors[0];
      runs += for_each_implementation<ActivationBackward>(p, [&](const auto& entry, Device& device) {
        std::vector<double> bound(truth.size());
        for (size_t i = 0; i < bound.size(); ++i)
          bound[i] = slack(device) * 20 * std::ldexp(1.0, -24) * std::fabs(dy.values[i]) *
                     magnitude(kind, saved.values[i]);
        for (const auto* test : {&apart, &in_place})
          check_within(run_op(entry, device, *test).tensors[0], truth, bound, name_run(entry, device, p),
                       Zeros::allowed);
      });
    }
  CHECK(runs >= 5 * 2 * 3 + 4);
}

TEST_CASE("activation: sums over pixels with the gradient, exact on every device, in place too") {
  int runs = 0;
  for (const auto& [rows, c] :
       {std::pair<int64_t, int64_t>{1, 1}, {70, 3}, {33, 300}, {2100, 20}, {900, 512}}) {
    const ActivationProblem p{1, rows, 1, c, Activation::relu6, DType::float32, true};
    const HostTensor y = integers({1, rows, 1, c}, 8, 1), dy = integers(y.shape, 9, 2);
    std::vector<double> dx = dy.values, dbias(c);
    for (size_t i = 0; i < dx.size(); ++i) {
      if (y.values[i] <= 0 || y.values[i] >= 6) dx[i] = 0;
      dbias[i % c] += dx[i];
    }
    const OpCase<ActivationBackward> apart{
        p, {{&B::y, y}, {&B::dy, dy}}, {}, {{&B::dbias, zeros({c})}, {&B::dx, zeros(y.shape)}}, {}, {}, {},
        {}};
    const OpCase<ActivationBackward> in_place{
        p, {{&B::y, y}}, {{&B::dx, dy}}, {{&B::dbias, zeros({c})}}, {{&B::dy, &B::dx}}, {}, {}, {}};
    runs += for_each_implementation<ActivationBackward>(p, [&](const auto& entry, Device& device) {
      for (const auto* test : {&apart, &in_place}) {
        const auto got = run_op(entry, device, *test).tensors;
        check_equal(got[0], dbias, name_run(entry, device, p), Zeros::allowed);
        check_equal(got[1], dx, name_run(entry, device, p), Zeros::allowed);
      }
    });
  }
  CHECK(runs >= 5 * 3);
}

TEST_CASE("activation: which side of the kinks, and the gradient told from that, are exact on every device") {
  using M = ActivationMask::Args;
  int runs = 0;
  for (const Activation kind : std::initializer_list<Activation>{
           Activation::relu, Activation::relu6, {Activation::leaky_relu, 0.25f}})
    for (const auto& [rows, c] : {std::pair<int64_t, int64_t>{1, 1}, {70, 3}, {33, 300}, {2100, 20}})
      for (const bool dbias : {false, true}) {
        ActivationProblem p{1, rows, 1, c, kind, DType::float32, dbias};
        HostTensor y = integers({1, rows, 1, c}, 8, 1);
        for (size_t i = 0; i < y.values.size(); i += 5) y.values[i] = 0;
        const HostTensor dy = integers(y.shape, 9, 2);
        std::vector<double> side, dx, sums(c);
        for (size_t i = 0; i < y.values.size(); ++i) {
          side.push_back(y.values[i] > 0 && (kind != Activation::relu6 || y.values[i] < 6));
          dx.push_back(dy.values[i] * (side[i] != 0 ? 1 : double{kind.slope}));
          sums[i % c] += dx[i];
        }
        const OpCase<ActivationMask> mask{
            p, {{&M::y, y}}, {}, {{&M::mask, of_type(zeros(y.shape), DType::uint8)}}, {}, {}, {}, {}};
        runs += for_each_implementation<ActivationMask>(p, [&](const auto& entry, Device& device) {
          check_equal(run_op(entry, device, mask).tensors[0], side, name_run(entry, device, p),
                      Zeros::allowed);
        });
        p.masked = true;
        OpCase<ActivationBackward> back{p,  {{&B::y, of_type({y.shape, side}, DType::uint8)}, {&B::dy, dy}},
                                        {}, {{&B::dx, zeros(y.shape)}},
                                        {}, {},
                                        {}, {}};
        if (dbias) back.outputs.push_back({&B::dbias, zeros({c})});
        runs += for_each_implementation<ActivationBackward>(p, [&](const auto& entry, Device& device) {
          const auto got = run_op(entry, device, back).tensors;
          check_equal(got[0], dx, name_run(entry, device, p), Zeros::allowed);
          if (dbias) check_equal(got[1], sums, name_run(entry, device, p), Zeros::allowed);
        });
      }
  CHECK(runs >= 3 * 4 * 2 * 2 * 3);
}

TEST_CASE("activation: far from zero nothing overflows, and what is not a number stays so") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  for (Activation kind : smooth) {
    const bool gate = gradient_reads_input(kind);
    const HostTensor x{{6}, {-1000, -90, 90, 1000, infinity, nan}};
    const OpCase<ActivationForward> test{
        {1, 1, 1, 6, kind}, {{&F::x, x}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
    const int runs =
        for_each_implementation<ActivationForward>(test.problem, [&](const auto& entry, Device& device) {
          const auto y = run_op(entry, device, test).tensors[0];
          for (size_t i = 0; i < 2; ++i) CHECK(std::fabs(y[i]) <= 1e-36);
          for (size_t i = 2; i < 5; ++i) CHECK(y[i] == (gate ? x.values[i] : 1));
          CHECK_MESSAGE(std::isnan(y[5]), name_run(entry, device, test.problem));
        });
    CHECK(runs >= 3);
  }
}

}  // namespace
}  // namespace graft::test
