#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "support/op_runner.h"

namespace graft::test {

inline HostTensor zeros(const Shape& shape) {
  return {shape, std::vector<double>(static_cast<size_t>(shape.count()))};
}
inline HostTensor of_type(HostTensor tensor, DType dtype) {
  tensor.dtype = dtype;
  return tensor;
}

// Integers in [-range, range] without 0; products and sums of a few thousand of them are exact in float32.
inline HostTensor integers(const Shape& shape, int range, uint32_t seed) {
  HostTensor tensor = zeros(shape);
  std::mt19937 random(seed);
  for (double& value : tensor.values) {
    const int magnitude = 1 + static_cast<int>(random() % static_cast<uint32_t>(range));
    value = random() & 1 ? magnitude : -magnitude;
  }
  return tensor;
}

// Standard normal, rounded to float32 so that every device starts from the same numbers.
inline HostTensor normals(const Shape& shape, uint32_t seed, double mean = 0, double deviation = 1) {
  HostTensor tensor = zeros(shape);
  std::mt19937 random(seed);
  std::normal_distribution<double> draw(mean, deviation);
  for (double& value : tensor.values) value = static_cast<float>(draw(random));
  return tensor;
}

inline HostTensor absolute(HostTensor tensor) {
  for (double& value : tensor.values) value = std::fabs(value);
  return tensor;
}

// The number of zeros above which a comparison says nothing.
inline void check_mostly_nonzero(const std::vector<double>& expected, const std::string& what) {
  size_t zero = 0;
  for (double value : expected) zero += value == 0;
  CHECK_MESSAGE(!expected.empty(), what, ": nothing was compared");
  CHECK_MESSAGE(static_cast<double>(zero) <= 0.3 * static_cast<double>(expected.size()), what, ": ", zero,
                " of ", expected.size(), " expected values are 0");
}

enum class Zeros : bool { few, allowed };

inline void check_equal(const std::vector<double>& got, const std::vector<double>& expected,
                        const std::string& what, Zeros zeros = Zeros::few) {
  REQUIRE_MESSAGE(got.size() == expected.size(), what);
  if (zeros == Zeros::few) check_mostly_nonzero(expected, what);
  size_t wrong = 0, first = 0;
  for (size_t i = got.size(); i-- > 0;)
    if (!(got[i] == expected[i])) {
      ++wrong;
      first = i;
    }
  CHECK_MESSAGE(wrong == 0, what, ": ", wrong, " of ", got.size(), " differ; [", first, "] is ",
                got.empty() ? 0 : got[first], ", not ", expected.empty() ? 0 : expected[first]);
}

// |got - expected| <= bound for each element.
inline void check_within(const std::vector<double>& got, const std::vector<double>& expected,
                         const std::vector<double>& bound, const std::string& what,
                         Zeros zeros = Zeros::few) {
  REQUIRE_MESSAGE(got.size() == expected.size(), what);
  REQUIRE_MESSAGE(bound.size() == expected.size(), what);
  if (zeros == Zeros::few) check_mostly_nonzero(expected, what);
  size_t wrong = 0, first = 0;
  for (size_t i = got.size(); i-- > 0;)
    if (!(std::fabs(got[i] - expected[i]) <= bound[i])) {
      ++wrong;
      first = i;
    }
  CHECK_MESSAGE(wrong == 0, what, ": ", wrong, " of ", got.size(), " are too far; [", first, "] is ",
                got.empty() ? 0 : got[first], ", not ", expected.empty() ? 0 : expected[first]);
}

// Energy of the error over energy of the truth.
inline double normalised_error(const std::vector<double>& got, const std::vector<double>& expected) {
  double error = 0, energy = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    error += (got[i] - expected[i]) * (got[i] - expected[i]);
    energy += expected[i] * expected[i];
  }
  return energy > 0 ? error / energy : error;
}

// The float32 bound of a sum of `terms` products whose magnitudes sum to `magnitude`.
inline std::vector<double> sum_bound(const std::vector<double>& magnitude, double terms) {
  std::vector<double> bound = magnitude;
  for (double& value : bound) value *= (4 + std::sqrt(terms)) * std::ldexp(1.0, -24);
  return bound;
}

inline void check_sums(const std::vector<double>& got, const std::vector<double>& expected,
                       const std::vector<double>& magnitude, double terms, const std::string& what,
                       Zeros zeros = Zeros::few) {
  check_within(got, expected, sum_bound(magnitude, terms), what, zeros);
  CHECK_MESSAGE(normalised_error(got, expected) <= 1e-11, what);
}

template <class Op>
std::string name_run(const Implementation<Op>& implementation, const Device& device,
                     const typename Op::Problem& problem) {
  return text(Op::name, ' ', implementation.name, " on ", device.properties().name, ", ", problem);
}

// The truth: the reference in double.
template <class Op>
OpResult run_reference(const OpCase<Op>& test) {
  return run_op(float64_reference<Op>(), device_for_tests("float64"), test);
}

}  // namespace graft::test
