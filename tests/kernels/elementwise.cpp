#include "kernels/elementwise/elementwise.h"

#include "kernels/activation/activation.h"
#include "kernels/dropout/dropout.h"
#include "support/compare.h"

namespace graft::test {
namespace {

// Below 0, at both kinks, between and above.
HostTensor kinked(const Shape& shape, uint32_t seed) {
  HostTensor tensor = zeros(shape);
  std::mt19937 random(seed);
  constexpr double choices[] = {-3, 0, 0.5, 2, 5.5, 6, 9};
  for (double& value : tensor.values) value = choices[random() % 7];
  return tensor;
}

TEST_CASE("activation: forward and backward, at the kinks too, in place too") {
  int runs = 0;
  for (Activation kind : std::initializer_list<Activation>{
           Activation::relu, Activation::relu6, {Activation::leaky_relu, 0.25f}})
    for (const ActivationProblem& p :
         {ActivationProblem{1, 1, 1, 1, kind}, {2, 3, 5, 7, kind}, {3, 64, 64, 5, kind}}) {
      const HostTensor x = kinked({p.n, p.h, p.w, p.c}, 1), dy = integers(x.shape, 9, 2);
      HostTensor y = x, dx = dy;
      for (size_t i = 0; i < x.values.size(); ++i) {
        const double v = x.values[i];
        y.values[i] = v <= 0 ? kind.slope * v : kind == Activation::relu6 && v > 6 ? 6 : v;
        dx.values[i] = (v > 0 && (kind != Activation::relu6 || v < 6) ? 1 : kind.slope) * dy.values[i];
      }
      using F = ActivationForward::Args;
      using B = ActivationBackward::Args;
      const OpCase<ActivationForward> forward{p, {{&F::x, x}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
      const OpCase<ActivationForward> in_place{p, {}, {{&F::y, x}}, {}, {{&F::x, &F::y}}, {}, {}, {}};
      const OpCase<ActivationBackward> back{
          p, {{&B::y, y}, {&B::dy, dy}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
      const OpCase<ActivationBackward> back_in_place{
          p, {{&B::y, y}}, {{&B::dx, dy}}, {}, {{&B::dy, &B::dx}}, {}, {}, {}};
      runs += for_each_implementation<ActivationForward>(p, [&](const auto& entry, Device& device) {
        const std::string name = name_run(entry, device, p);
        check_equal(run_op(entry, device, forward).tensors[0], y.values, name, Zeros::allowed);
        check_equal(run_op(entry, device, in_place).tensors[0], y.values, name, Zeros::allowed);
      });
      runs += for_each_implementation<ActivationBackward>(p, [&](const auto& entry, Device& device) {
        const std::string name = name_run(entry, device, p);
        check_equal(run_op(entry, device, back).tensors[0], dx.values, name, Zeros::allowed);
        check_equal(run_op(entry, device, back_in_place).tensors[0], dx.values, name, Zeros::allowed);
      });
    }
  CHECK(runs >= 3 * 3 * 2 * 2);
}

TEST_CASE("add: with an activation, into one of its operands") {
  int runs = 0;
  for (const AddProblem& p : {AddProblem{1}, {1009, Activation::relu}, {40000, Activation::relu6}}) {
    const HostTensor a = integers({p.count}, 5, 1), b = integers({p.count}, 6, 2);
    std::vector<double> y(a.values.size());
    for (size_t i = 0; i < y.size(); ++i) y[i] = activate(p.activation, a.values[i] + b.values[i]);
    using A = Add::Args;
    const OpCase<Add> apart{p, {{&A::a, a}, {&A::b, b}}, {}, {{&A::y, zeros(a.shape)}}, {}, {}, {}, {}};
    const OpCase<Add> into_a{p, {{&A::b, b}}, {{&A::y, a}}, {}, {{&A::a, &A::y}}, {}, {}, {}};
    const OpCase<Add> into_b{p, {{&A::a, a}}, {{&A::y, b}}, {}, {{&A::b, &A::y}}, {}, {}, {}};
    runs += for_each_implementation<Add>(p, [&](const auto& entry, Device& device) {
      for (const auto* test : {&apart, &into_a, &into_b})
        check_equal(run_op(entry, device, *test).tensors[0], y, name_run(entry, device, p), Zeros::allowed);
    });
  }
  CHECK(runs >= 3 * 2);
}

TEST_CASE("copy: slices of channels leave their neighbours alone") {
  const CopyProblem p{35, 3};
  const int runs = for_each_implementation<Copy>(p, [&](const auto& entry, Device& device) {
    const HostTensor whole = integers({1, 5, 7, 8}, 9, 1), from = integers({1, 5, 7, 3}, 9, 2);
    DeviceTensor x(device, from, false), y(device, whole, false);
    Copy::Args args{x.view(), y.view()};
    const size_t element = size_of(args.y.dtype);
    args.y.data = static_cast<std::byte*>(args.y.data) + 4 * element;
    args.y.shape = from.shape;
    auto prepared = entry.prepare(problem_on<Copy>(device, p), device);
    device.call([&] {
      prepared->run(args, {device.stream()});
      device.stream().synchronize();
    });
    std::vector<double> expected = whole.values;
    for (size_t i = 0; i < from.values.size(); ++i) expected[i / 3 * 8 + 4 + i % 3] = from.values[i];
    check_equal(y.read(), expected, name_run(entry, device, p));
    std::swap(args.x, args.y);
    args.x.pixel_stride = 8;
    DeviceTensor back(device, from, true);
    args.y = back.view();
    device.call([&] {
      prepared->run(args, {device.stream()});
      device.stream().synchronize();
    });
    check_equal(back.read(), from.values, name_run(entry, device, p));
  });
  CHECK(runs >= 2);
}

TEST_CASE("dropout: the share asked for, scaled, the same on every device, another at the next step") {
  const DropoutProblem p{100003, 0.3, 5};
  using A = Dropout::Args;
  OpCase<Dropout> test{p, {{&A::x, integers({p.count}, 4, 1)}}, {}, {{&A::y, zeros({p.count})}}, {}, {}, {},
                       {}};
  test.state = {.seed = 12345678901234567ull, .step = 7};
  const auto truth = run_reference(test).tensors[0];
  double dropped = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    dropped += truth[i] == 0;
    if (truth[i] != 0)
      CHECK(truth[i] == doctest::Approx(test.inputs[0].second.values[i] / 0.7).epsilon(1e-12));
  }
  CHECK(dropped / double(p.count) == doctest::Approx(0.3).epsilon(0.02));
  const int runs = for_each_implementation<Dropout>(p, [&](const auto& entry, Device& device) {
    std::vector<double> bound = truth;
    for (double& value : bound) value = std::fabs(value) * 3e-7;
    check_within(run_op(entry, device, test).tensors[0], truth, bound, name_run(entry, device, p),
                 Zeros::allowed);
  });
  CHECK(runs >= 2);
  OpCase<Dropout> next = test;
  next.state.step = 8;
  CHECK(run_reference(next).tensors[0] != truth);
  next = test;
  next.problem.layer = 6;
  CHECK(run_reference(next).tensors[0] != truth);
}

}  // namespace
}  // namespace graft::test
