#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class SgdReference : public Prepared<SgdUpdate> {
 public:
  explicit SgdReference(const SgdProblem& problem) : p_(problem) {}

  void run(const SgdUpdate::Args& args, const RunContext& context) override {
    T* values = args.values.as<T>();
    T* velocity = args.velocity.as<T>();
    const T* gradients = args.gradients.as<T>();
    const auto* segments = static_cast<const OptimizerSegment*>(args.segments.data);
    const T clip = static_cast<T>(context.state->clip_factor), momentum = static_cast<T>(p_.momentum);
    for (int64_t s = 0; s < p_.segments; ++s) {
      const OptimizerSegment& segment = segments[s];
      const T rate = static_cast<T>(context.state->learning_rate * segment.rate_scale);
      const T decay = static_cast<T>(segment.decay);
      for_each_block(segment.end - segment.begin, elements_per_block, [&](int64_t begin, int64_t end) {
        with_widest_vectors([&]() GRAFT_INLINE {
          for (int64_t i = segment.begin + begin; i < segment.begin + end; ++i) {
            velocity[i] = momentum * velocity[i] + (clip * gradients[i] + decay * values[i]);
            values[i] -= rate * velocity[i];
          }
        });
      });
    }
  }

 private:
  SgdProblem p_;
};

template <class T>
class AdamWReference : public Prepared<AdamWUpdate> {
 public:
  explicit AdamWReference(const AdamWProblem& problem) : p_(problem) {}

  void run(const AdamWUpdate::Args& args, const RunContext& context) override {
    T* values = args.values.as<T>();
    T* first = args.first_moment.as<T>();
    T* second = args.second_moment.as<T>();
    const T* gradients = args.gradients.as<T>();
    const auto* segments = static_cast<const OptimizerSegment*>(args.segments.data);
    const T clip = static_cast<T>(context.state->clip_factor), epsilon = static_cast<T>(p_.epsilon);
    const T beta1 = static_cast<T>(p_.beta1), beta2 = static_cast<T>(p_.beta2);
    const T rest1 = static_cast<T>(1 - p_.beta1), rest2 = static_cast<T>(1 - p_.beta2);
    for (int64_t s = 0; s < p_.segments; ++s) {
      const OptimizerSegment& segment = segments[s];
      const double updates = static_cast<double>(context.state->step - segment.born + 1);
      const double rate = context.state->learning_rate * segment.rate_scale;
      const T shrink = static_cast<T>(1 - rate * segment.decay);
      const T step = static_cast<T>(rate / (1 - std::pow(p_.beta1, updates)));
      const T correction = static_cast<T>(1 / std::sqrt(1 - std::pow(p_.beta2, updates)));
      for_each_block(segment.end - segment.begin, elements_per_block, [&](int64_t begin, int64_t end) {
        for (int64_t i = segment.begin + begin; i < segment.begin + end; ++i) {
          const T g = clip * gradients[i];
          first[i] = beta1 * first[i] + rest1 * g;
          second[i] = beta2 * second[i] + rest2 * g * g;
          values[i] = shrink * values[i] - step * first[i] / (std::sqrt(second[i]) * correction + epsilon);
        }
      });
    }
  }

 private:
  AdamWProblem p_;
};

template <class T>
class AverageReference : public Prepared<ParameterAverage> {
 public:
  explicit AverageReference(const AverageProblem& problem) : p_(problem) {}

  void run(const ParameterAverage::Args& args, const RunContext& context) override {
    T* average = args.average.as<T>();
    const T* values = args.values.as<T>();
    const double steps = static_cast<double>(context.state->step);
    const T rest = static_cast<T>(1 - std::min(p_.decay, (1 + steps) / (10 + steps)));
    for_each_block(p_.count, elements_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin; i < end; ++i) average[i] += rest * (values[i] - average[i]);
      });
    });
  }

 private:
  AverageProblem p_;
};

template <class T>
class GradientNormReference : public Prepared<GradientNorm> {
 public:
  explicit GradientNormReference(const GradientNormProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return row_sum_bytes(p_.count, 1); }

  void run(const GradientNorm::Args& args, const RunContext& context) override {
    const T* gradients = args.gradients.as<T>();
    double* sums = static_cast<double*>(context.scratch);
    sum_over_rows(RowPieces(p_.count), 1, sums, [&](int64_t begin, int64_t end, double* sum) {
      // Eight sums side by side, so that the additions need not wait for each other.
      double lane[8] = {};
      for (; begin + 8 <= end; begin += 8)
        for (int i = 0; i < 8; ++i) lane[i] += double(gradients[begin + i]) * double(gradients[begin + i]);
      for (; begin < end; ++begin) lane[0] += double(gradients[begin]) * double(gradients[begin]);
      for (double part : lane) *sum += part;
    });
    const double norm = std::sqrt(*sums);
    context.state->gradient_norm = norm;
    context.state->clip_factor = p_.max_norm > 0 ? std::min(1.0, p_.max_norm / (norm + 1e-6)) : 1.0;
  }

 private:
  GradientNormProblem p_;
};

}  // namespace graft
