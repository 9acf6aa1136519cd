#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// A slice of the parameters' arena with settings of its own.
struct OptimizerSegment {
  int64_t begin, end;  // elements
  double rate_scale;   // of StepState::learning_rate
  double decay;
  uint64_t born;  // the optimizer step at which it began to train; Adam's bias correction counts from there
};

struct SgdProblem {
  int64_t count, segments;
  double momentum;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const SgdProblem& problem);
};

// For each element, g = clip_factor * gradient + decay * value; velocity = momentum * velocity + g; value -=
// rate * velocity. `segments` is an array of OptimizerSegment in device memory.
struct SgdUpdate {
  static constexpr std::string_view name = "sgd";
  using Problem = SgdProblem;
  struct Args {
    TensorView values, gradients, velocity, segments;
  };
};

struct AdamWProblem {
  int64_t count, segments;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const AdamWProblem& problem);
};

// Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2 with decay scaled by the rate, as in PyTorch.
struct AdamWUpdate {
  static constexpr std::string_view name = "adamw";
  using Problem = AdamWProblem;
  struct Args {
    TensorView values, gradients, first_moment, second_moment, segments;
  };
};

struct AverageProblem {
  int64_t count;
  double decay;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const AverageProblem& problem);
};

// average = d * average + (1 - d) * value, where d = min(decay, (1 + step) / (10 + step)): the first steps,
// far from where the parameters end, are soon forgotten (TensorFlow's ExponentialMovingAverage with
// num_updates).
struct ParameterAverage {
  static constexpr std::string_view name = "parameter_average";
  using Problem = AverageProblem;
  struct Args {
    TensorView average, values;
  };
};

struct GradientNormProblem {
  int64_t count;
  double max_norm;  // 0: measure only
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const GradientNormProblem& problem);
};

// Sets the state's gradient_norm and clip_factor = min(1, max_norm / (norm + 1e-6)), as PyTorch's
// clip_grad_norm_.
struct GradientNorm {
  static constexpr std::string_view name = "gradient_norm";
  using Problem = GradientNormProblem;
  struct Args {
    TensorView gradients;
  };
};

template <>
std::span<const Implementation<SgdUpdate>> implementations();
template <>
std::span<const Implementation<AdamWUpdate>> implementations();
template <>
std::span<const Implementation<ParameterAverage>> implementations();
template <>
std::span<const Implementation<GradientNorm>> implementations();

}  // namespace graft
