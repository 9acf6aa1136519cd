#pragma once

#include "kernels/gemm/dense.h"
#include "kernels/gemm/host_gemm.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {

// The product is formed as y^T = w x^T: x is small enough to transpose, the weights are read once as they
// lie.
template <class T>
class DenseForwardReference : public Prepared<DenseForward> {
 public:
  explicit DenseForwardReference(const DenseProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.n * (p_.inputs + p_.outputs) * sizeof(T); }

  void run(const DenseForward::Args& args, const RunContext& context) override {
    const T* x = args.x.as<T>();
    const T* w = args.w.as<T>();
    const T* bias = p_.bias ? args.bias.as<T>() : nullptr;
    T* y = args.y.as<T>();
    T* across = static_cast<T*>(context.scratch);  // x^T, [inputs, n]
    T* products = across + p_.n * p_.inputs;       // y^T, [outputs, n]
    for_each_block(p_.inputs, 256, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (int64_t n = 0; n < p_.n; ++n) across[i * p_.n + n] = x[n * p_.inputs + i];
    });
    for_each_block(p_.outputs, 16, [&](int64_t begin, int64_t end) {
      std::fill(products + begin * p_.n, products + end * p_.n, T(0));
      multiply_add<T>({end - begin, p_.n, p_.inputs, w + begin * p_.inputs, p_.inputs, 1, across, p_.n,
                       products + begin * p_.n, p_.n});
      for (int64_t n = 0; n < p_.n; ++n)
        for (int64_t k = begin; k < end; ++k)
          y[n * p_.outputs + k] = activate(p_.activation, products[k * p_.n + n] + (bias ? bias[k] : T(0)));
    });
  }

 private:
  DenseProblem p_;
};

template <class T>
class DenseBackwardDataReference : public Prepared<DenseBackwardData> {
 public:
  explicit DenseBackwardDataReference(const DenseProblem& problem) : p_(problem) {}

  void run(const DenseBackwardData::Args& args, const RunContext&) override {
    const T* dy = args.dy.as<T>();
    const T* w = args.w.as<T>();
    T* dx = args.dx.as<T>();
    for_each_block(p_.inputs, 128, [&](int64_t begin, int64_t end) {
      for (int64_t n = 0; n < p_.n; ++n)
        std::fill(dx + n * p_.inputs + begin, dx + n * p_.inputs + end, T(0));
      multiply_add<T>(
          {p_.n, end - begin, p_.outputs, dy, p_.outputs, 1, w + begin, p_.inputs, dx + begin, p_.inputs});
    });
  }

 private:
  DenseProblem p_;
};

template <class T>
class DenseBackwardWeightsReference : public Prepared<DenseBackwardWeights> {
 public:
  explicit DenseBackwardWeightsReference(const DenseProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.bias ? row_sum_bytes(p_.n, p_.outputs) : 0; }

  void run(const DenseBackwardWeights::Args& args, const RunContext& context) override {
    const T* x = args.x.as<T>();
    const T* dy = args.dy.as<T>();
    T* dw = args.dw.as<T>();
    if (p_.bias) column_sums(dy, p_.n, p_.outputs, static_cast<double*>(context.scratch), args.dbias.as<T>());
    for_each_block(p_.outputs, 16, [&](int64_t begin, int64_t end) {
      std::fill(dw + begin * p_.inputs, dw + end * p_.inputs, T(0));
      multiply_add<T>({end - begin, p_.inputs, p_.n, dy + begin, 1, p_.outputs, x, p_.inputs,
                       dw + begin * p_.inputs, p_.inputs});
    });
  }

 private:
  DenseProblem p_;
};

}  // namespace graft
