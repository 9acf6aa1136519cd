#pragma once

#include "kernels/activation/activation.h"
#include "kernels/host_loops.h"
#include "kernels/host_sums.h"
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
class ActivationMaskReference : public Prepared<ActivationMask> {
 public:
  explicit ActivationMaskReference(const ActivationProblem& problem) : p_(problem) {}

  void run(const ActivationMask::Args& args, const RunContext&) override {
    const T* y = args.y.as<T>();
    uint8_t* mask = args.mask.as<uint8_t>();
    with_constant(p_.activation, [&](auto kind) {
      for_each_block(p_.count(), elements_per_block, [&](int64_t begin, int64_t end) {
        with_widest_vectors([&]() GRAFT_INLINE {
          // Copies, which no byte of the mask can change.
          const T* from = y + begin;
          uint8_t* to = mask + begin;
          const int64_t count = end - begin;
#pragma GCC ivdep
          for (int64_t i = 0; i < count; ++i) to[i] = passes<T>(kind, from[i]);
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

  size_t scratch_bytes() const override { return p_.dbias ? row_sum_bytes(p_.rows(), p_.c) : 0; }

  void run(const ActivationBackward::Args& args, const RunContext& context) override {
    if (p_.masked)
      return with_constant(of_side(p_.activation),
                           [&](auto kind) { run(kind, args.y.as<uint8_t>(), args, context); });
    const TensorView& saved = gradient_reads_input(p_.activation) ? args.x : args.y;
    with_constant(p_.activation, [&](auto kind) { run(kind, saved.as<T>(), args, context); });
  }

 private:
  template <class Kind, class Saved>
  void run(Kind kind, const Saved* saved, const ActivationBackward::Args& args,
           const RunContext& context) const {
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    if (p_.dbias) return sum(kind, saved, args, static_cast<double*>(context.scratch));
    for_each_block(p_.count(), elements_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        // dy is loaded whatever comes out, so that no branch depends on the data.
        for (int64_t i = begin; i < end; ++i) {
          const T at = saved[i], gradient = dy[i];
          dx[i] = activation_gradient<T>(kind, at, gradient);
        }
      });
    });
  }

  template <class Kind, class Saved>
  void sum(Kind kind, const Saved* saved, const ActivationBackward::Args& args, double* partial) const {
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    const int64_t c = p_.c;
    sum_short_rows<1, T>(p_.rows(), c, partial,
                         [=](int64_t row, int64_t begin, int64_t end, auto& part) GRAFT_INLINE {
                           const Saved* from = saved + row * c + begin;
                           const T* gradients = dy + row * c + begin;
                           T* to = dx + row * c + begin;
                           T* sum = part[0];
#pragma GCC ivdep
                           for (int64_t k = 0; k < end - begin; ++k) {
                             const T at = from[k], passed = activation_gradient<T>(kind, at, gradients[k]);
                             to[k] = passed;
                             sum[k] += passed;
                           }
                         });
    std::transform(partial, partial + c, args.dbias.as<T>(), [](double sum) { return static_cast<T>(sum); });
  }

  ActivationProblem p_;
};

}  // namespace graft
