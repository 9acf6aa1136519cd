#include "kernels/batch_norm/batch_norm.h"

#include <algorithm>
#include <iterator>

#include "support/compare.h"

namespace graft::test {
namespace {

struct BatchNormData {
  HostTensor x, dy, scale, shift, mean, variance;
};

BatchNormData draw(const BatchNormProblem& p) {
  return {normals({p.rows, p.c}, 1, 3, 2),
          normals({p.rows, p.c}, 2),
          normals({p.c}, 3, 1, 0.3),
          normals({p.c}, 4),
          normals({p.c}, 5),
          absolute(normals({p.c}, 6, 2, 0.5))};
}

OpCase<BatchNormForward> forward_case(const BatchNormProblem& p, const BatchNormData& d) {
  using A = BatchNormForward::Args;
  OpCase<BatchNormForward> test{p,
                                {{&A::x, d.x}, {&A::scale, d.scale}, {&A::shift, d.shift}},
                                {{&A::running_mean, d.mean}, {&A::running_variance, d.variance}},
                                {{&A::y, zeros(d.x.shape)}},
                                {},
                                {},
                                {},
                                {}};
  if (p.batch_statistics) {
    test.outputs.push_back({&A::mean, zeros({p.c})});
    test.outputs.push_back({&A::inverse_deviation, zeros({p.c})});
  }
  return test;
}

OpCase<BatchNormBackward> backward_case(const BatchNormProblem& p, const BatchNormData& d) {
  using A = BatchNormBackward::Args;
  OpCase<BatchNormBackward> test{p, {{&A::x, d.x}, {&A::dy, d.dy}, {&A::scale, d.scale}}, {}, {}, {}, {}, {},
                                 {}};
  if (p.activation != Activation::none) test.inputs.push_back({&A::shift, d.shift});
  if (p.batch_statistics) {
    const auto forward = run_reference(forward_case(p, d)).tensors;
    test.inputs.push_back({&A::mean, {{p.c}, forward[1]}});
    test.inputs.push_back({&A::inverse_deviation, {{p.c}, forward[2]}});
  } else {
    test.inputs.push_back({&A::running_mean, d.mean});
    test.inputs.push_back({&A::running_variance, d.variance});
  }
  if (p.wants_dx) test.outputs.push_back({&A::dx, zeros(d.x.shape)});
  if (p.wants_dscale) {
    test.outputs.push_back({&A::dscale, zeros({p.c})});
    test.outputs.push_back({&A::dshift, zeros({p.c})});
  }
  return test;
}

TEST_CASE("batch norm: the reference is the paper's formula") {
  BatchNormProblem p{.rows = 101, .c = 3, .epsilon = 1e-3, .momentum = 0.01, .batch_statistics = true};
  const BatchNormData d = draw(p);
  const auto got = run_reference(forward_case(p, d)).tensors;  // y, mean, inverse, running mean and variance
  for (int64_t c = 0; c < p.c; ++c) {
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < p.rows; ++i) mean += d.x.values[i * 3 + c] / 101;
    for (int64_t i = 0; i < p.rows; ++i) variance += std::pow(d.x.values[i * 3 + c] - mean, 2) / 101;
    CHECK(got[1][c] == doctest::Approx(mean).epsilon(1e-12));
    CHECK(got[2][c] == doctest::Approx(1 / std::sqrt(variance + 1e-3)).epsilon(1e-12));
    CHECK(got[3][c] == doctest::Approx(0.99 * d.mean.values[c] + 0.01 * mean).epsilon(1e-12));
    CHECK(got[4][c] ==
          doctest::Approx(0.99 * d.variance.values[c] + 0.01 * variance * 101 / 100).epsilon(1e-12));
    for (int64_t i = 0; i < p.rows; ++i)
      CHECK(got[0][i * 3 + c] ==
            doctest::Approx((d.x.values[i * 3 + c] - mean) / std::sqrt(variance + 1e-3) * d.scale.values[c] +
                            d.shift.values[c])
                .epsilon(1e-10));
  }
}

TEST_CASE("batch norm: every implementation against the double reference") {
  int runs = 0;
  for (bool batch : {false, true})
    for (const auto& [rows, c] :
         {std::pair<int64_t, int64_t>{2, 1}, {7, 5}, {101, 17}, {2048, 64}, {5000, 32}})
      for (bool wants_dx : {true, false}) {
        BatchNormProblem p{.rows = rows, .c = c, .batch_statistics = batch};
        p.wants_dx = wants_dx;
        p.wants_dscale = !wants_dx || batch || c != 5;
        const BatchNormData d = draw(p);
        const auto forward = forward_case(p, d);
        const auto truth = run_reference(forward).tensors;
        // The rows of two samples nearly cancel; the error is then that of 1 / deviation, not of a sum.
        const double limit = rows == 2 ? 1e-9 : 1e-11;
        runs += for_each_implementation<BatchNormForward>(p, [&](const auto& entry, Device& device) {
          const auto got = run_op(entry, device, forward).tensors;
          for (size_t i = 0; i < got.size(); ++i) {
            check_mostly_nonzero(truth[i], name_run(entry, device, p));
            CHECK_MESSAGE(normalised_error(got[i], truth[i]) <= limit, name_run(entry, device, p), " [", i,
                          "]");
          }
        });
        const auto back = backward_case(p, d);
        const auto gradients = run_reference(back).tensors;
        runs += for_each_implementation<BatchNormBackward>(p, [&](const auto& entry, Device& device) {
          const auto got = run_op(entry, device, back).tensors;
          for (size_t i = 0; i < got.size(); ++i) {
            check_mostly_nonzero(gradients[i], name_run(entry, device, p));
            // Two rows: dx is what is left of a difference that is 0 but for epsilon.
            if (rows > 2 || !batch)
              CHECK_MESSAGE(normalised_error(got[i], gradients[i]) <= limit, name_run(entry, device, p), " [",
                            i, "]");
          }
        });
      }
  CHECK(runs >= 2 * 5 * 2 * 2 * 2);
}

TEST_CASE("batch norm: backward with an activation is backward of its gradient") {
  int runs = 0;
  for (bool batch : {false, true})
    for (const Activation activation : {Activation(Activation::relu), Activation(Activation::relu6),
                                        Activation(Activation::leaky_relu, 0.1f)})
      for (const auto& [rows, c] : {std::pair<int64_t, int64_t>{7, 5}, {101, 17}, {2048, 64}})
        for (int wanted = 1; wanted < 4; ++wanted) {
          BatchNormProblem p{.rows = rows, .c = c, .batch_statistics = batch, .activation = activation};
          p.wants_dx = wanted & 1, p.wants_dscale = wanted & 2;
          BatchNormData d = draw(p);
          // So that about a third lies beyond 6.
          for (double& shift : d.shift.values) shift += 3;
          for (double& scale : d.scale.values) scale *= 5;
          BatchNormProblem plain = p;
          plain.activation = Activation::none;
          const std::vector<double> x = run_reference(forward_case(plain, d)).tensors[0];
          BatchNormData before = d;
          int64_t passed = 0;
          for (size_t i = 0; i < x.size(); ++i) {
            before.dy.values[i] = activation_gradient(activation, activate(activation, x[i]), d.dy.values[i]);
            passed += before.dy.values[i] == d.dy.values[i];
          }
          CHECK(passed > 0);
          CHECK(passed < static_cast<int64_t>(x.size()));
          const auto expected = run_reference(backward_case(plain, before)).tensors;
          const auto test = backward_case(p, d);
          const auto check = [&](const std::vector<std::vector<double>>& got, double limit,
                                 const std::string& what) {
            REQUIRE(got.size() == expected.size());
            for (size_t i = 0; i < got.size(); ++i)
              CHECK_MESSAGE(normalised_error(got[i], expected[i]) <= limit, what, " [", i, "]");
          };
          check(run_reference(test).tensors, 1e-25, "reference");
          runs += for_each_implementation<BatchNormBackward>(p, [&](const auto& entry, Device& device) {
            check(run_op(entry, device, test).tensors, 1e-11, name_run(entry, device, p));
          });
        }
  CHECK(runs >= 2 * 3 * 3 * 3 * 2);
}

TEST_CASE("batch norm: x may be a slice of wider rows, and the bits are the same") {
  int runs = 0;
  for (bool batch : {false, true})
    for (const auto& [rows, c] : {std::pair<int64_t, int64_t>{7, 5}, {301, 16}, {700, 96}}) {
      const BatchNormProblem p{.rows = rows, .c = c, .batch_statistics = batch};
      const BatchNormData d = draw(p);
      const auto compare = [&](auto test) {
        using Op = typename decltype(test)::Tested;
        auto sliced = test;
        sliced.slices = {&Op::Args::x};
        runs += for_each_implementation<Op>(p, [&](const auto& entry, Device& device) {
          const auto dense = run_op(entry, device, test).tensors;
          const auto got = run_op(entry, device, sliced).tensors;
          for (size_t i = 0; i < got.size(); ++i) check_equal(got[i], dense[i], name_run(entry, device, p));
        });
      };
      compare(forward_case(p, d));
      compare(backward_case(p, d));
      BatchNormProblem activated = p;
      activated.activation = Activation::relu;
      compare(backward_case(activated, d));
    }
  CHECK(runs >= 2 * 3 * 2 * 5);
}

// By whole and by halves, which the caches hold.
TEST_CASE("batch norm: what is larger than the caches has the same bits") {
  const auto device = open_device("cpu", {.threads = 1});
  const auto run = [&](const BatchNormProblem& p, const BatchNormData& d) {
    for (const auto& entry : implementations<BatchNormForward>())
      if (entry.device == DeviceKind::cpu && entry.name == "host")
        return run_op(entry, *device, forward_case(p, d)).tensors[0];
    return std::vector<double>();
  };
  for (const Activation::Kind kind : {Activation::none, Activation::relu, Activation::relu6}) {
    BatchNormProblem p{.rows = 60000, .c = 48, .activation = kind};
    const size_t bytes = static_cast<size_t>(p.rows * p.c) * sizeof(float);
    REQUIRE(bytes > device->properties().cache_bytes);
    REQUIRE(bytes / 2 < device->properties().cache_bytes);
    BatchNormData d = draw(p), half = d;
    const std::vector<double> whole = run(p, d);
    p.rows /= 2;
    half.x.shape = {p.rows, p.c};
    const auto middle = d.x.values.begin() + p.rows * p.c;
    half.x.values.assign(d.x.values.begin(), middle);
    std::vector<double> joined = run(p, half);
    half.x.values.assign(middle, d.x.values.end());
    std::ranges::copy(run(p, half), std::back_inserter(joined));
    check_equal(whole, joined, text(p), Zeros::allowed);
  }
}

TEST_CASE("batch norm: one value per channel has no variance") {
  BatchNormProblem p{.rows = 1, .c = 4, .batch_statistics = true};
  CHECK(for_each_implementation<BatchNormForward>(p, [](const auto&, Device&) {}) == 0);
}

}  // namespace
}  // namespace graft::test
