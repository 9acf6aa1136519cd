#pragma once

#include <cmath>
#include <vector>

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

// Why batch statistics cannot be had from this problem, or nothing.
inline std::string refuse_batch_statistics(const BatchNormProblem& problem) {
  if (problem.batch_statistics && problem.rows < 2)
    return "the variance of one value per channel is unknown; use running statistics or a larger batch";
  return {};
}

template <class Op, class T>
std::string refuse_batch_norm(const BatchNormProblem& problem, const DeviceProperties& device) {
  const std::string reason = refuse_other_types<Op, T>(problem, device);
  return reason.empty() ? refuse_batch_statistics(problem) : reason;
}

constexpr int64_t batch_norm_rows_per_block = 64;

// What x is multiplied by and what is added, [c] each: in both passes, so that they agree on which side of an
// activation's kinks a value lies.
template <class T, class Args>
void fold_statistics(const BatchNormProblem& p, const Args& args, T* factor, T* offset) {
  const T* scale = args.scale.template as<T>();
  const T* shift = args.shift.template as<T>();
  const T* mean = (p.batch_statistics ? args.mean : args.running_mean).template as<T>();
  for (int64_t c = 0; c < p.c; ++c) {
    const double inverse =
        p.batch_statistics
            ? static_cast<double>(args.inverse_deviation.template as<T>()[c])
            : 1 / std::sqrt(static_cast<double>(args.running_variance.template as<T>()[c]) + p.epsilon);
    const double product = inverse * static_cast<double>(scale[c]);
    factor[c] = static_cast<T>(product);
    offset[c] = static_cast<T>(static_cast<double>(shift[c]) - static_cast<double>(mean[c]) * product);
  }
}

// y = activation(x * factor + offset); factor: [c], behind it the offsets.
template <class T>
void normalise_rows(const BatchNormProblem& p, const T* x, int64_t stride, const T* factor, T* y) {
  for_each_block(p.rows, batch_norm_rows_per_block, [&](int64_t begin, int64_t end) {
    // In vectors, as the backward pass is: what is rounded once is rounded once in both.
    with_widest_vectors([&]() GRAFT_INLINE {
      for (int64_t row = begin; row < end; ++row)
        for (int64_t c = 0; c < p.c; ++c)
          y[row * p.c + c] = activate(p.activation, x[row * stride + c] * factor[c] + factor[p.c + c]);
    });
  });
}

template <class T>
class BatchNormForwardReference : public Prepared<BatchNormForward> {
 public:
  explicit BatchNormForwardReference(const BatchNormProblem& problem) : p_(problem) {}

  // The sums, and for each channel what x is multiplied by and what is added.
  size_t scratch_bytes() const override {
    return (p_.batch_statistics ? row_sum_bytes(p_.rows, p_.c) : 0) + 2 * p_.c * sizeof(T);
  }

  void run(const BatchNormForward::Args& args, const RunContext& context) override {
    const T* x = args.x.as<T>();
    const int64_t stride = row_stride(args.x, p_.c);
    T* y = args.y.as<T>();
    double* sums = static_cast<double*>(context.scratch);
    T* factor = reinterpret_cast<T*>(static_cast<std::byte*>(context.scratch) +
                                     (p_.batch_statistics ? row_sum_bytes(p_.rows, p_.c) : 0));
    if (p_.batch_statistics) measure(args, sums);
    fold_statistics(p_, args, factor, factor + p_.c);
    normalise_rows(p_, x, stride, factor, y);
  }

 private:
  void measure(const BatchNormForward::Args& args, double* sums) const {
    const T* x = args.x.as<T>();
    const int64_t stride = row_stride(args.x, p_.c);
    T* mean = args.mean.as<T>();
    T* inverse = args.inverse_deviation.as<T>();
    const double rows = static_cast<double>(p_.rows);
    column_sums(x, stride, p_.rows, p_.c, sums, mean);
    for (int64_t c = 0; c < p_.c; ++c) mean[c] = static_cast<T>(sums[c] / rows);
    sum_over_rows(RowPieces(p_.rows), p_.c, sums, [&](int64_t begin, int64_t end, double* sum) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t row = begin; row < end; ++row)
          for (int64_t c = 0; c < p_.c; ++c) {
            const double deviation = static_cast<double>(x[row * stride + c]) - static_cast<double>(mean[c]);
            sum[c] += deviation * deviation;
          }
      });
    });
    T* running_mean = args.running_mean.as<T>();
    T* running_variance = args.running_variance.as<T>();
    const auto move = [&](T& running, double batch) {
      running = static_cast<T>((1 - p_.momentum) * static_cast<double>(running) + p_.momentum * batch);
    };
    for (int64_t c = 0; c < p_.c; ++c) {
      inverse[c] = static_cast<T>(1 / std::sqrt(sums[c] / rows + p_.epsilon));
      move(running_mean[c], static_cast<double>(mean[c]));
      move(running_variance[c], sums[c] / (rows - 1));
    }
  }

  BatchNormProblem p_;
};

template <class T>
class BatchNormBackwardReference : public Prepared<BatchNormBackward> {
 public:
  explicit BatchNormBackwardReference(const BatchNormProblem& problem) : p_(problem) {}

  // The sums (of dy, and of dy times the normalised x), the mean, the inverse deviation, and what tells the
  // activation's side.
  size_t scratch_bytes() const override {
    return row_sum_bytes(p_.rows, 2 * p_.c) + 2 * p_.c * sizeof(double) + 2 * p_.c * sizeof(T);
  }

  void run(const BatchNormBackward::Args& args, const RunContext& context) override {
    double* sums = static_cast<double*>(context.scratch);
    double* mean = sums + row_sum_bytes(p_.rows, 2 * p_.c) / sizeof(double);
    double* inverse = mean + p_.c;
    T* factor = reinterpret_cast<T*>(inverse + p_.c);
    if (p_.activation != Activation::none) fold_statistics(p_, args, factor, factor + p_.c);
    for (int64_t c = 0; c < p_.c; ++c) {
      mean[c] =
          static_cast<double>((p_.batch_statistics ? args.mean : args.running_mean).template as<T>()[c]);
      inverse[c] = p_.batch_statistics
                       ? static_cast<double>(args.inverse_deviation.as<T>()[c])
                       : 1 / std::sqrt(static_cast<double>(args.running_variance.as<T>()[c]) + p_.epsilon);
    }
    if (p_.wants_dscale || (p_.wants_dx && p_.batch_statistics)) sum(args, mean, inverse, factor, sums);
    if (p_.wants_dscale) {
      T* dscale = args.dscale.as<T>();
      T* dshift = args.dshift.as<T>();
      for (int64_t c = 0; c < p_.c; ++c) {
        dshift[c] = static_cast<T>(sums[c]);
        dscale[c] = static_cast<T>(sums[p_.c + c]);
      }
    }
    if (p_.wants_dx) spread(args, mean, inverse, factor, sums);
  }

 private:
  // dy in front of the activation. factor: [c], behind it the offsets.
  GRAFT_INLINE double before_activation(T dy, const T* x, const T* factor, int64_t c) const {
    if (p_.activation == Activation::none) return static_cast<double>(dy);
    return static_cast<double>(side_gradient(p_.activation, *x * factor[c] + factor[p_.c + c], dy));
  }

  void sum(const BatchNormBackward::Args& args, const double* mean, const double* inverse, const T* factor,
           double* sums) const {
    const T* x = args.x.as<T>();
    const int64_t stride = row_stride(args.x, p_.c);
    const T* dy = args.dy.as<T>();
    sum_over_rows(RowPieces(p_.rows), 2 * p_.c, sums, [&](int64_t begin, int64_t end, double* sum) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t row = begin; row < end; ++row)
          for (int64_t c = 0; c < p_.c; ++c) {
            const double d = before_activation(dy[row * p_.c + c], x + row * stride + c, factor, c);
            sum[c] += d;
            sum[p_.c + c] += d * (static_cast<double>(x[row * stride + c]) - mean[c]) * inverse[c];
          }
      });
    });
  }

  // dx = (dy - mean of dy - normalised x * mean of dy times normalised x) * inverse * scale, with dy in front
  // of the activation. Uses sums up.
  void spread(const BatchNormBackward::Args& args, const double* mean, const double* inverse, const T* factor,
              double* sums) const {
    const bool reads_x = p_.batch_statistics || p_.activation != Activation::none;
    const T* x = args.x.as<T>();
    const int64_t stride = row_stride(args.x, p_.c);
    const T* dy = args.dy.as<T>();
    const T* scale = args.scale.as<T>();
    T* dx = args.dx.as<T>();
    for (int64_t i = 0; p_.batch_statistics && i < 2 * p_.c; ++i) sums[i] /= static_cast<double>(p_.rows);
    for_each_block(p_.rows, batch_norm_rows_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t row = begin; row < end; ++row)
          for (int64_t c = 0; c < p_.c; ++c) {
            const int64_t i = row * p_.c + c;
            const T* value = reads_x ? x + row * stride + c : nullptr;
            double d = before_activation(dy[i], value, factor, c);
            if (p_.batch_statistics)
              d -= sums[c] + (static_cast<double>(*value) - mean[c]) * inverse[c] * sums[p_.c + c];
            dx[i] = static_cast<T>(d * inverse[c] * static_cast<double>(scale[c]));
          }
      });
    });
  }

  BatchNormProblem p_;
};

}  // namespace graft
