#include <array>

#include "kernels/layer_norm/layer_norm.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "support/compare.h"

namespace graft::test {
namespace {

std::vector<double> within(const std::vector<double>& magnitude, double terms) {
  return sum_bound(magnitude, terms);
}

struct Normed {
  std::vector<double> mean, variance, y, magnitude;

  Normed(const LayerNormProblem& p, const HostTensor& x, const HostTensor& scale, const HostTensor& shift) {
    for (int64_t row = 0; row < p.rows; ++row) {
      const double* values = x.values.data() + row * p.c;
      double sum = 0, squares = 0, largest = 0;
      for (int64_t k = 0; k < p.c; ++k) sum += values[k];
      for (int64_t k = 0; k < p.c; ++k) squares += std::pow(values[k] - sum / p.c, 2);
      for (int64_t k = 0; k < p.c; ++k) largest = std::max(largest, std::fabs(values[k]));
      mean.push_back(sum / p.c);
      variance.push_back(squares / p.c);
      const double inverse = 1 / std::sqrt(variance.back() + p.epsilon);
      for (int64_t k = 0; k < p.c; ++k) {
        y.push_back((values[k] - mean.back()) * inverse * scale.values[k] + shift.values[k]);
        magnitude.push_back(2 * largest * inverse * std::fabs(scale.values[k]) + std::fabs(shift.values[k]));
      }
    }
  }
};

TEST_CASE("layer norm: its formula on every device, in place too, where the mean is far off as well") {
  using A = LayerNormForward::Args;
  int runs = 0;
  for (const auto& [rows, c] : {std::array<int64_t, 2>{3, 2}, {50, 96}, {7, 133}, {1, 768}, {300, 20}})
    for (const double center : {0.3, 40.0}) {
      const LayerNormProblem p{.rows = rows, .c = c, .epsilon = 1e-6};
      const HostTensor x = normals({rows, c}, 1, center, 2), scale = normals({c}, 2, 1, 0.3),
                       shift = normals({c}, 3);
      const Normed expected(p, x, scale, shift);
      OpCase<LayerNormForward> apart{p,  {{&A::scale, scale}, {&A::shift, shift}, {&A::x, x}},
                                     {}, {{&A::mean, zeros({rows})}, {&A::variance, zeros({rows})}},
                                     {}, {},
                                     {}, {}};
      OpCase<LayerNormForward> in_place = apart;
      in_place.inputs.pop_back();
      in_place.updates = {{&A::y, x}};
      in_place.shared = {{&A::x, &A::y}};
      apart.outputs.push_back({&A::y, zeros(x.shape)});
      const std::vector<double> around(expected.mean.size(), center + 6);
      runs += for_each_implementation<LayerNormForward>(p, [&](const auto& entry, Device& device) {
        const std::string name = name_run(entry, device, p);
        for (const auto* test : {&apart, &in_place}) {
          const auto got = run_op(entry, device, *test).tensors;
          check_within(got[2], expected.y, within(expected.magnitude, static_cast<double>(c)), name);
          check_within(got[0], expected.mean, within(around, static_cast<double>(c)), name);
          std::vector<double> spread = expected.variance;
          for (double& value : spread) value += center;
          check_within(got[1], expected.variance, within(spread, static_cast<double>(c)), name);
        }
      });
    }
  CHECK(runs >= 5 * 2 * 4);  // float64, the library and the loops on the cpu, emulated
}

TEST_CASE("layer norm: the gradients agree with the reference in double, each alone, in dy's place") {
  using A = LayerNormBackward::Args;
  int runs = 0;
  for (const auto& [rows, c] : {std::array<int64_t, 2>{3, 5}, {50, 96}, {7, 133}, {600, 20}})
    for (const int wanted : {1, 2, 3}) {
      const LayerNormProblem p{.rows = rows,
                               .c = c,
                               .epsilon = 1e-6,
                               .wants_dx = (wanted & 1) != 0,
                               .wants_dscale = (wanted & 2) != 0};
      const HostTensor x = normals({rows, c}, 1, 0.3, 2), scale = normals({c}, 2, 1, 0.3),
                       dy = normals(x.shape, 4);
      Normed saved(p, x, scale, zeros({c}));
      for (double& value : saved.mean) value = static_cast<float>(value);
      for (double& value : saved.variance) value = static_cast<float>(value);
      OpCase<LayerNormBackward> test{p,
                                     {{&A::dy, dy},
                                      {&A::x, x},
                                      {&A::scale, scale},
                                      {&A::mean, {{rows}, saved.mean}},
                                      {&A::variance, {{rows}, saved.variance}}},
                                     {},
                                     {},
                                     {},
                                     {},
                                     {},
                                     {}};
      if (p.wants_dscale) test.outputs = {{&A::dscale, zeros({c})}, {&A::dshift, zeros({c})}};
      OpCase<LayerNormBackward> in_place = test;
      in_place.inputs.erase(in_place.inputs.begin());
      in_place.updates = {{&A::dx, dy}};
      in_place.shared = {{&A::dy, &A::dx}};
      if (p.wants_dx) test.outputs.push_back({&A::dx, zeros(x.shape)});
      const auto truth = run_reference(test).tensors;
      runs += for_each_implementation<LayerNormBackward>(p, [&](const auto& entry, Device& device) {
        for (const auto* each : {&test, &in_place}) {
          if (each == &in_place && !p.wants_dx) continue;
          const auto got = run_op(entry, device, *each).tensors;
          REQUIRE(got.size() == truth.size());
          for (size_t i = 0; i < got.size(); ++i)
            CHECK_MESSAGE(normalised_error(got[i], truth[i]) <= 1e-11, name_run(entry, device, p), " ", i);
        }
      });
    }
  CHECK(runs >= 4 * 3 * 3);
}

std::vector<LocalResponseNormProblem> response_problems() {
  std::vector<LocalResponseNormProblem> list;
  for (const auto& [rows, c, size] : {std::array<int64_t, 3>{1, 1, 5},
                                      {6, 3, 5},
                                      {9, 96, 5},
                                      {5, 130, 4},
                                      {7, 64, 1},
                                      {2, 70, 31},
                                      {3, 200, 32}})
    for (const double beta : {0.75, 0.5})
      list.push_back({.rows = rows, .c = c, .size = size, .alpha = 0.3, .beta = beta, .k = 2});
  return list;
}

TEST_CASE("local response norm: its formula on every device, windows of even and odd sizes") {
  using A = LocalResponseNormForward::Args;
  int runs = 0;
  for (const LocalResponseNormProblem& p : response_problems()) {
    const HostTensor x = normals({1, 1, p.rows, p.c}, 1, 0, 2);
    std::vector<double> y;
    for (int64_t i = 0; i < x.shape.count(); ++i) {
      double squares = 0;
      for (int64_t j = i % p.c - p.size / 2; j <= i % p.c + (p.size - 1) / 2; ++j)
        if (j >= 0 && j < p.c) squares += std::pow(x.values[i - i % p.c + j], 2);
      y.push_back(x.values[i] / std::pow(p.k + p.alpha / static_cast<double>(p.size) * squares, p.beta));
    }
    const OpCase<LocalResponseNormForward> test{p,  {{&A::x, x}}, {}, {{&A::y, zeros(x.shape)}},
                                                {}, {},           {}, {}};
    runs += for_each_implementation<LocalResponseNormForward>(p, [&](const auto& entry, Device& device) {
      std::vector<double> bound(y.size());
      for (size_t i = 0; i < y.size(); ++i)
        bound[i] = (12 + std::sqrt(static_cast<double>(p.size))) * std::ldexp(std::fabs(y[i]), -24);
      check_within(run_op(entry, device, test).tensors[0], y, bound, name_run(entry, device, p));
    });
  }
  CHECK(runs >= 14 * 3);
}

TEST_CASE("local response norm: the gradient agrees with the reference in double") {
  using A = LocalResponseNormBackward::Args;
  int runs = 0;
  for (const LocalResponseNormProblem& p : response_problems()) {
    const HostTensor x = normals({1, 1, p.rows, p.c}, 1, 0, 2), dy = normals(x.shape, 2);
    const OpCase<LocalResponseNormBackward> test{
        p, {{&A::x, x}, {&A::dy, dy}}, {}, {{&A::dx, zeros(x.shape)}}, {}, {}, {}, {}};
    const auto truth = run_reference(test).tensors[0];
    runs += for_each_implementation<LocalResponseNormBackward>(p, [&](const auto& entry, Device& device) {
      const auto got = run_op(entry, device, test).tensors[0];
      CHECK_MESSAGE(normalised_error(got, truth) <= 1e-11, name_run(entry, device, p));
    });
  }
  CHECK(runs >= 14 * 3);
}

}  // namespace
}  // namespace graft::test
