#pragma once

#include <functional>

#include "support/compare.h"

namespace graft::test {

// Compares `gradient` with central differences of loss(values) at up to 60 elements spread over the tensor.
// For double: the error of the difference is of the order of step^2 and 1e-16 / step.
inline void check_gradient(const HostTensor& at, const std::vector<double>& gradient,
                           const std::function<double(const HostTensor&)>& loss, const std::string& what) {
  constexpr double step = 1e-5;
  REQUIRE(at.values.size() == gradient.size());
  double largest = 0;
  for (double value : gradient) largest = std::max(largest, std::fabs(value));
  CHECK_MESSAGE(largest > 0, what, ": the gradient is 0 everywhere");
  const size_t stride = std::max<size_t>(1, at.values.size() / 60);
  size_t compared = 0;
  for (size_t i = 0; i < at.values.size(); i += stride, ++compared) {
    HostTensor up = at, down = at;
    up.values[i] += step;
    down.values[i] -= step;
    const double difference = (loss(up) - loss(down)) / (2 * step);
    CHECK_MESSAGE(std::fabs(difference - gradient[i]) <= 1e-6 * (largest + std::fabs(difference)), what, " [",
                  i, "]: ", gradient[i], " but the differences say ", difference);
  }
  CHECK(compared > 0);
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// The loss sum(y * dy) of a forward pass whose input `member` is `value`.
template <class Op>
double loss_with(OpCase<Op> test, TensorView Op::Args::*member, const HostTensor& value,
                 const std::vector<double>& dy) {
  for (auto& [name, tensor] : test.inputs)
    if (name == member) tensor = value;
  return dot(run_reference(test).tensors[0], dy);
}

}  // namespace graft::test
