#include "kernels/optimizer/optimizer.h"

#include <cstring>

#include "support/compare.h"

namespace graft::test {
namespace {

// A gap between the segments: what is in none stays as it is.
const std::vector<OptimizerSegment> segments = {{0, 1000, 1.0, 1e-2, 0}, {1003, 1500, 0.1, 0, 3}};
constexpr int64_t count = 1511;

std::vector<std::byte> segment_bytes() {
  std::vector<std::byte> bytes(segments.size() * sizeof(OptimizerSegment));
  std::memcpy(bytes.data(), segments.data(), bytes.size());
  return bytes;
}

StepState state_at(uint64_t step) {
  return {.seed = 1, .step = step, .learning_rate = 0.05, .clip_factor = 0.5, .gradient_norm = 2};
}

struct Expected {
  std::vector<double> values, first, second;
};

template <class Change>
void for_each_element(const Change& change) {
  for (const OptimizerSegment& s : segments)
    for (int64_t i = s.begin; i < s.end; ++i) change(static_cast<size_t>(i), s);
}

void check_close(const std::vector<double>& got, const std::vector<double>& expected, const Device& device,
                 const std::string& name) {
  std::vector<double> bound = expected;
  const double relative = device.properties().kind == DeviceKind::float64 ? 1e-13 : 1e-6;
  for (double& value : bound) value = relative * (std::fabs(value) + 0.1);
  check_within(got, expected, bound, name);
}

TEST_CASE("sgd: momentum, decay, clipping and rates by segment") {
  using A = SgdUpdate::Args;
  const HostTensor values = normals({count}, 1), gradients = normals({count}, 2),
                   velocity = normals({count}, 3);
  OpCase<SgdUpdate> test{{count, 2, 0.9},
                         {{&A::gradients, gradients}},
                         {{&A::values, values}, {&A::velocity, velocity}},
                         {},
                         {},
                         {},
                         {&A::segments, segment_bytes()},
                         state_at(4)};
  Expected expected{values.values, velocity.values, {}};
  for_each_element([&](size_t i, const OptimizerSegment& s) {
    expected.first[i] = 0.9 * velocity.values[i] + 0.5 * gradients.values[i] + s.decay * values.values[i];
    expected.values[i] = values.values[i] - 0.05 * s.rate_scale * expected.first[i];
  });
  const int runs = for_each_implementation<SgdUpdate>(test.problem, [&](const auto& entry, Device& device) {
    const auto got = run_op(entry, device, test).tensors;
    check_close(got[0], expected.values, device, name_run(entry, device, test.problem));
    check_close(got[1], expected.first, device, name_run(entry, device, test.problem));
  });
  CHECK(runs >= 2);
}

TEST_CASE("adamw: bias correction counts from the segment's own first step") {
  using A = AdamWUpdate::Args;
  const HostTensor values = normals({count}, 1), gradients = normals({count}, 2);
  const HostTensor first = normals({count}, 3), second = absolute(normals({count}, 4));
  for (uint64_t step : {3u, 10u}) {
    OpCase<AdamWUpdate> test{{count, 2},
                             {{&A::gradients, gradients}},
                             {{&A::values, values}, {&A::first_moment, first}, {&A::second_moment, second}},
                             {},
                             {},
                             {},
                             {&A::segments, segment_bytes()},
                             state_at(step)};
    Expected expected{values.values, first.values, second.values};
    for_each_element([&](size_t i, const OptimizerSegment& s) {
      const double g = 0.5 * gradients.values[i], rate = 0.05 * s.rate_scale, t = double(step - s.born + 1);
      expected.first[i] = 0.9 * first.values[i] + 0.1 * g;
      expected.second[i] = 0.999 * second.values[i] + 0.001 * g * g;
      const double m = expected.first[i] / (1 - std::pow(0.9, t));
      const double v = expected.second[i] / (1 - std::pow(0.999, t));
      expected.values[i] = values.values[i] * (1 - rate * s.decay) - rate * m / (std::sqrt(v) + 1e-8);
    });
    const int runs =
        for_each_implementation<AdamWUpdate>(test.problem, [&](const auto& entry, Device& device) {
          const auto got = run_op(entry, device, test).tensors;
          check_close(got[0], expected.values, device, name_run(entry, device, test.problem));
          check_close(got[1], expected.first, device, name_run(entry, device, test.problem));
          check_close(got[2], expected.second, device, name_run(entry, device, test.problem));
        });
    CHECK(runs >= 2);
  }
}

TEST_CASE("parameter average: follows fast at first, then by its decay") {
  using A = ParameterAverage::Args;
  const HostTensor average = normals({count}, 1), values = normals({count}, 2);
  for (const auto& [step, decay] : {std::pair<uint64_t, double>{0, 0.1}, {80, 0.9}, {1000000, 0.999}}) {
    OpCase<ParameterAverage> test{{count, step == 0 ? 0.99 : 0.999},
                                  {{&A::values, values}},
                                  {{&A::average, average}},
                                  {},
                                  {},
                                  {},
                                  {},
                                  state_at(step)};
    // By what is averaged: the mean of two numbers may lie near zero.
    std::vector<double> expected, size;
    for (size_t i = 0; i < count; ++i) {
      expected.push_back(decay * average.values[i] + (1 - decay) * values.values[i]);
      size.push_back(std::fabs(average.values[i]) + std::fabs(values.values[i]));
    }
    const int runs =
        for_each_implementation<ParameterAverage>(test.problem, [&](const auto& entry, Device& device) {
          std::vector<double> bound = size;
          for (double& value : bound) value *= device.properties().kind == DeviceKind::float64 ? 1e-15 : 2e-7;
          check_within(run_op(entry, device, test).tensors[0], expected, bound,
                       name_run(entry, device, test.problem));
        });
    CHECK(runs >= 2);
  }
}

TEST_CASE("gradient norm: measures, and clips where asked") {
  using A = GradientNorm::Args;
  for (const auto& [size, limit] : {std::pair<int64_t, double>{1, 0.0}, {1009, 1.0}, {100003, 1e6}}) {
    const HostTensor gradients = normals({size}, 1);
    double squares = 0;
    for (double g : gradients.values) squares += g * g;
    const double norm = std::sqrt(squares);
    const double factor = limit > 0 && limit < norm ? limit / (norm + 1e-6) : 1;
    OpCase<GradientNorm> test{{size, limit}, {{&A::gradients, gradients}}, {}, {}, {}, {}, {}, state_at(0)};
    const int runs =
        for_each_implementation<GradientNorm>(test.problem, [&](const auto& entry, Device& device) {
          const StepState got = run_op(entry, device, test).state;
          CHECK(got.gradient_norm == doctest::Approx(norm).epsilon(1e-6));
          CHECK(got.clip_factor == doctest::Approx(factor).epsilon(1e-6));
        });
    CHECK(runs >= 2);
  }
}

}  // namespace
}  // namespace graft::test
