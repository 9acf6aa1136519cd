#pragma once

#include <algorithm>
#include <limits>

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
    for_each_block(p_.count(), elements_per_block, [&, kind = p_.activation](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin; i < end; ++i) y[i] = activate(kind, x[i]);
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
    const T* y = args.y.as<T>();
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    // Nothing passes above `top`. Both comparisons and the load of dy are made whatever comes out, so that no
    // branch depends on the data.
    const T top = p_.activation == Activation::relu6 ? T(6) : std::numeric_limits<T>::infinity();
    const bool all = p_.activation == Activation::none;
    for_each_block(p_.count(), elements_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        if (all) return void(std::copy(dy + begin, dy + end, dx + begin));
        for (int64_t i = begin; i < end; ++i) {
          const T gradient = dy[i];
          dx[i] = (y[i] > T(0)) & (y[i] < top) ? gradient : T(0);
        }
      });
    });
  }

 private:
  ActivationProblem p_;
};

}  // namespace graft
