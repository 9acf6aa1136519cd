#pragma once

#include "kernels/activation/activation.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class ActivationForwardReference : public Prepared<ActivationForward> {
 public:
  explicit ActivationForwardReference(const ActivationProblem& problem) : p_(problem) {}

  void run(const ActivationForward::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    for_each_block(p_.count(), elements_per_block, [&, kind = p_.activation](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[i] = activate(kind, x[i]);
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
    const T* y = args.y.as<T>();
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    for_each_block(p_.count(), elements_per_block, [&, kind = p_.activation](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) dx[i] = passes_gradient(kind, y[i]) ? dy[i] : T(0);
    });
  }

 private:
  ActivationProblem p_;
};

}  // namespace graft
