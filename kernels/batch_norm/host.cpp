#include "kernels/batch_norm/host.h"

#include <algorithm>
#include <cmath>

#include "kernels/batch_norm/reference.h"
#include "kernels/host_sums.h"

namespace graft {
namespace {

constexpr Activation::Kind last_activation = Activation::relu6;  // of those that these loops know

// Rows are taken from the end: what the pass before left in the cache is used first.
template <class Body>
void for_rows_backwards(const BatchNormProblem& p, const Body& body) {
  const int64_t block = std::max<int64_t>(1, elements_per_block / p.c), count = (p.rows + block - 1) / block;
  for_each_index(count, [&](int64_t i) {
    const int64_t begin = (count - 1 - i) * block;
    with_vectors([&, end = std::min(p.rows, begin + block)](auto bytes)
                     GRAFT_INLINE { body(begin, end, bytes); });
  });
}

// dy in front of the activation, whose input is x * factor + offset as in the forward pass.
template <Activation::Kind kind>
GRAFT_INLINE inline float before_activation(float dy, float x, float factor, float offset) {
  return kind == Activation::none ? dy : side_gradient<float>(kind, x * factor + offset, dy);
}

// One float or a vector of them.
template <Activation::Kind kind, class Value>
GRAFT_INLINE inline void activate_in_place(Value& value) {
  const Value zero = {}, six = zero + 6;
  if (kind != Activation::none) value = value > zero ? value : zero;
  if (kind == Activation::relu6) value = value < six ? value : six;
}

template <Activation::Kind kind>
GRAFT_INLINE inline void scale_rows(const float* __restrict__ x, int64_t stride, float* y,
                                    const float* __restrict__ factor, const float* __restrict__ offset,
                                    int64_t begin, int64_t end, int64_t columns) {
  for (int64_t row = begin; row < end; ++row) {
    const float* from = x + row * stride;
    float* to = y + row * columns;
#pragma GCC ivdep
    for (int64_t c = 0; c < columns; ++c) {
      float value = from[c] * factor[c] + offset[c];
      activate_in_place<kind>(value);
      to[c] = value;
    }
  }
}

// The same past the caches; whole vectors.
template <Activation::Kind kind, int bytes>
GRAFT_INLINE inline void stream_rows(const float* x, int64_t stride, float* y, const float* factor,
                                     const float* offset, int64_t begin, int64_t end, int64_t columns) {
  using Vector = typename HostVector<float, bytes>::type;
  const auto load = [](const float* from, Vector& to)
                        GRAFT_INLINE { to = *reinterpret_cast<const Vector*>(from); };
  for (int64_t row = begin; row < end; ++row)
    for (int64_t c = 0; c < columns; c += bytes / static_cast<int64_t>(sizeof(float))) {
      Vector value, factors, offsets;
      load(x + row * stride + c, value);
      load(factor + c, factors);
      load(offset + c, offsets);
      value = value * factors + offsets;
      activate_in_place<kind>(value);
      store_streaming<bytes>(value, y + row * columns + c);
    }
  finish_streaming();
}

class BatchNormForwardHost : public Prepared<BatchNormForward> {
 public:
  BatchNormForwardHost(const BatchNormProblem& problem, const DeviceProperties& device)
      : p_(problem), streams_(exceeds_caches(p_.rows * p_.c, device) && p_.c % 16 == 0) {}

  // Two sums for each channel and piece; then what x is multiplied by and what is added.
  size_t scratch_bytes() const override {
    return row_sum_bytes(p_.rows, 2 * p_.c) + 2 * p_.c * sizeof(float);
  }

  void run(const BatchNormForward::Args& args, const RunContext& context) override {
    double* sums = static_cast<double*>(context.scratch);
    float* factor = reinterpret_cast<float*>(sums + row_sum_bytes(p_.rows, 2 * p_.c) / sizeof(double));
    if (p_.batch_statistics) measure_batch(p_, args, sums);
    fold_statistics(p_, args, factor, factor + p_.c);
    with_constant(p_.activation, [&]<Activation::Kind kind>(ActivationConstant<kind>) {
      if constexpr (kind <= last_activation) apply<kind>(args, factor);
    });
  }

 private:
  template <Activation::Kind kind>
  void apply(const BatchNormForward::Args& args, const float* factor) const {
    const float* x = args.x.as<float>();
    const int64_t stride = row_stride(args.x, p_.c);
    float* y = args.y.as<float>();
    const float* offset = factor + p_.c;
    for_rows_backwards(p_, [&, this]<int bytes>(int64_t begin, int64_t end, VectorBytes<bytes>) GRAFT_INLINE {
      if (streams_)
        stream_rows<kind, bytes>(x, stride, y, factor, offset, begin, end, p_.c);
      else
        scale_rows<kind>(x, stride, y, factor, offset, begin, end, p_.c);
    });
  }

  BatchNormProblem p_;
  bool streams_;
};

class BatchNormBackwardHost : public Prepared<BatchNormBackward> {
 public:
  explicit BatchNormBackwardHost(const BatchNormProblem& problem) : p_(problem) {}

  // The sums of dy and of dy (x - mean); then dx = (dy + constant + (x - mean) * slope) * factor and what is
  // added to x * factor, [c] each.
  size_t scratch_bytes() const override {
    return row_sum_bytes(p_.rows, 2 * p_.c) + 4 * p_.c * sizeof(float);
  }

  void run(const BatchNormBackward::Args& args, const RunContext& context) override {
    double* sums = static_cast<double*>(context.scratch);
    float* factors = reinterpret_cast<float*>(sums + row_sum_bytes(p_.rows, 2 * p_.c) / sizeof(double));
    with_constant(p_.activation, [&]<Activation::Kind kind>(ActivationConstant<kind>) {
      if constexpr (kind <= last_activation) run<kind>(args, sums, factors);
    });
  }

  // From the sums on.
  template <Activation::Kind kind>
  void finish(const BatchNormBackward::Args& args, double* sums, float* factor) const {
    float *slope = factor + p_.c, *constant = slope + p_.c;
    for (int64_t c = 0; c < p_.c; ++c) {
      const double inverse = inverse_of(args, c);
      if (needs_sums()) sums[p_.c + c] *= inverse;
      if (p_.wants_dscale) {
        args.dshift.as<float>()[c] = static_cast<float>(sums[c]);
        args.dscale.as<float>()[c] = static_cast<float>(sums[p_.c + c]);
      }
      factor[c] = static_cast<float>(inverse * double(args.scale.as<float>()[c]));
      if (!p_.batch_statistics) continue;
      // dx = (dy - mean of dy - normalised x * mean of dy times normalised x) * inverse * scale
      const double rows = static_cast<double>(p_.rows);
      slope[c] = static_cast<float>(-inverse * sums[p_.c + c] / rows);
      constant[c] = static_cast<float>(-sums[c] / rows);
    }
    if (p_.wants_dx) spread<kind>(args, factor);
  }

 private:
  bool needs_sums() const { return p_.wants_dscale || (p_.wants_dx && p_.batch_statistics); }

  template <Activation::Kind kind>
  void run(const BatchNormBackward::Args& args, double* sums, float* factor) const {
    float* offset = factor + 3 * p_.c;
    if (kind != Activation::none) fold_statistics(p_, args, factor, offset);
    if (needs_sums()) sum<kind>(args, factor, offset, sums);
    finish<kind>(args, sums, factor);
  }

  double inverse_of(const BatchNormBackward::Args& args, int64_t c) const {
    return p_.batch_statistics ? double(args.inverse_deviation.as<float>()[c])
                               : 1 / std::sqrt(double(args.running_variance.as<float>()[c]) + p_.epsilon);
  }
  const float* mean_of(const BatchNormBackward::Args& args) const {
    return (p_.batch_statistics ? args.mean : args.running_mean).as<float>();
  }

  template <Activation::Kind kind>
  void sum(const BatchNormBackward::Args& args, const float* factor, const float* offset,
           double* sums) const {
    const float* x = args.x.as<float>();
    const float* dy = args.dy.as<float>();
    const float* mean = mean_of(args);
    const int64_t columns = p_.c, stride = row_stride(args.x, columns);
    sum_short_rows<2, float>(
        p_.rows, columns, sums, [=](int64_t row, int64_t begin, int64_t end, auto& part) GRAFT_INLINE {
          float* sum = part[0];
          float* products = part[1];
          const float* gradient = dy + row * columns + begin;
          const float* values = x + row * stride + begin;
          const float *centre = mean + begin, *factors = factor + begin, *offsets = offset + begin;
#pragma GCC ivdep
          for (int64_t c = 0; c < end - begin; ++c) {
            const float d = before_activation<kind>(gradient[c], values[c], factors[c], offsets[c]);
            sum[c] += d;
            products[c] += d * (values[c] - centre[c]);
          }
        });
  }

  template <Activation::Kind kind>
  void spread(const BatchNormBackward::Args& args, const float* factor) const {
    const bool reads_x = p_.batch_statistics || kind != Activation::none;
    const float* x = reads_x ? args.x.as<float>() : nullptr;
    const float* dy = args.dy.as<float>();
    const float* mean = mean_of(args);
    const float *slope = factor + p_.c, *constant = slope + p_.c, *offset = constant + p_.c;
    float* dx = args.dx.as<float>();
    for_rows_backwards(p_, [&, columns = p_.c, stride = row_stride(args.x, p_.c),
                            batch = p_.batch_statistics](int64_t begin, int64_t end, auto) GRAFT_INLINE {
      for (int64_t row = begin; row < end; ++row) {
        const float* d = dy + row * columns;
        float* to = dx + row * columns;
        const float* value = x + (x ? row * stride : 0);
        if (batch) {
#pragma GCC ivdep
          for (int64_t c = 0; c < columns; ++c)
            to[c] = (before_activation<kind>(d[c], value[c], factor[c], offset[c]) + constant[c] +
                     (value[c] - mean[c]) * slope[c]) *
                    factor[c];
        } else if (x) {
#pragma GCC ivdep
          for (int64_t c = 0; c < columns; ++c)
            to[c] = before_activation<kind>(d[c], value[c], factor[c], offset[c]) * factor[c];
        } else {
#pragma GCC ivdep
          for (int64_t c = 0; c < columns; ++c) to[c] = d[c] * factor[c];
        }
      }
    });
  }

  BatchNormProblem p_;
};

}  // namespace

// One pass: the sums of x - x[0] and of its square. With a value of the channel itself taken off first, and
// few terms in float, the difference of squares loses nothing that float32 could hold.
void measure_batch(const BatchNormProblem& p, const BatchNormForward::Args& args, double* sums) {
  const float* x = args.x.as<float>();
  const int64_t columns = p.c, stride = row_stride(args.x, columns);
  sum_short_rows<2, float>(p.rows, columns, sums,
                           [=](int64_t row, int64_t begin, int64_t end, auto& part) GRAFT_INLINE {
                             const float* values = x + row * stride + begin;
                             const float* first = x + begin;
                             float* sum = part[0];
                             float* squares = part[1];
#pragma GCC ivdep
                             for (int64_t c = 0; c < end - begin; ++c) {
                               const float d = values[c] - first[c];
                               sum[c] += d;
                               squares[c] += d * d;
                             }
                           });
  float* mean = args.mean.as<float>();
  float* inverse = args.inverse_deviation.as<float>();
  float* running_mean = args.running_mean.as<float>();
  float* running_variance = args.running_variance.as<float>();
  const double rows = static_cast<double>(p.rows);
  const auto move = [&](float& running, double batch) {
    running = static_cast<float>((1 - p.momentum) * double(running) + p.momentum * batch);
  };
  for (int64_t c = 0; c < columns; ++c) {
    const double shifted = sums[c] / rows;
    const double deviations = std::max(0.0, sums[columns + c] - sums[c] * shifted);
    mean[c] = static_cast<float>(double(x[c]) + shifted);
    inverse[c] = static_cast<float>(1 / std::sqrt(deviations / rows + p.epsilon));
    move(running_mean[c], double(x[c]) + shifted);
    move(running_variance[c], deviations / (rows - 1));
  }
}

void spread_batch_gradient(const BatchNormProblem& p, const BatchNormBackward::Args& args, double* sums,
                           float* factors) {
  BatchNormBackwardHost(p).finish<Activation::none>(args, sums, factors);
}

std::string refuse_batch_norm_host(const BatchNormProblem& problem, const DeviceProperties& device) {
  if (problem.activation.kind > last_activation) return "its loops know no activation but relu and relu6";
  return refuse_batch_norm<BatchNormForward, float>(problem, device);
}

std::unique_ptr<Prepared<BatchNormForward>> prepare_batch_norm_forward_host(const BatchNormProblem& problem,
                                                                            Device& device) {
  return std::make_unique<BatchNormForwardHost>(problem, device.properties());
}

std::unique_ptr<Prepared<BatchNormBackward>> prepare_batch_norm_backward_host(const BatchNormProblem& problem,
                                                                              Device&) {
  return std::make_unique<BatchNormBackwardHost>(problem);
}

}  // namespace graft
