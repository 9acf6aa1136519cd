#pragma once

#include "kernels/activation/activation.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class ActivationForwardReference : public Prepared<ActivationForward> {
 public:
  explicit ActivationForwardReference(const ActivationProblem& problem) : p_(problem) {}

  void run(const ActivationForward::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    with_constant(p_.activation, [&](auto kind) {
      for_each_block(p_.count(), elements_per_block, [&](int64_t begin, int64_t end) {
        with_widest_vectors([&]() GRAFT_INLINE {
          for (int64_t i = begin; i < end; ++i) y[i] = activate<T>(kind, x[i]);
        });
      });
    });
  }

 private:
  ActivationProblem p_;
};

template <class T>
class ActivationBackwardReference : public Prepared<ActivationBackward> {
 public:
  explicit ActivationBackwardReference(const ActivationProblem& problem) : p_(problem) {}

  void run(const ActivationBackward::Args& args, const RunContext&) override {
    const T* saved = (gradient_reads_input(p_.activation) ? args.x : args.y).template as<T>();
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    with_constant(p_.activation, [&](auto kind) {
      for_each_block(p_.count(), elements_per_block, [&](int64_t begin, int64_t end) {
        with_widest_vectors([&]() GRAFT_INLINE {
          // dy is loaded whatever comes out, so that no branch depends on the data.
          for (int64_t i = begin; i < end; ++i) {
            const T at = saved[i], gradient = dy[i];
            dx[i] = activation_gradient<T>(kind, at, gradient);
          }
        });
      });
    });
  }

 private:
  ActivationProblem p_;
};

}  // namespace graft
