#include "kernels/batch_norm_fold/batch_norm_fold_kernels.h"
#include "kernels/warp_rows.h"

namespace graft::GRAFT_TARGET {
namespace {

// Of the running statistics. All [outputs].
struct Norm {
  const float *scale, *mean, *variance;
  float epsilon;
  GRAFT_DEVICE float inverse(int64_t k) const { return 1 / sqrtf(variance[k] + epsilon); }
};

// A warp a filter; each weight is read and written once, 8 bytes for one operation. w, folded: [outputs,
// per_output]; bias (may be null), shift, folded_bias: [outputs]
template <int width>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void batch_norm_fold_forward_simt_kernel(const float* w, const float* bias, Norm norm, const float* shift,
                                         float* folded, float* folded_bias, int64_t outputs,
                                         int64_t per_output) {
  const int64_t k = row_of_warp();
  if (k >= outputs) return;
  const float gain = norm.scale[k] * norm.inverse(k);
  for_each_channel<width>(per_output, [&](int64_t i) {
    auto values = load_floats<width>(w + k * per_output + i);
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) values.at[j] *= gain;
    store_floats(folded + k * per_output + i, values);
  });
  if (lane_index() == 0) folded_bias[k] = ((bias ? bias[k] : 0) - norm.mean[k]) * gain + shift[k];
}

// A warp a filter: dw is read and written once and w, where dscale is wanted, read; 12 bytes for three
// operations. w, dw: [outputs, per_output]; bias, dscale, dbias (which may be null), dfolded_bias: [outputs]
template <int width>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void batch_norm_fold_backward_simt_kernel(const float* w, const float* bias, Norm norm,
                                          const float* dfolded_bias, float* dw, float* dscale, float* dbias,
                                          int64_t outputs, int64_t per_output) {
  const int64_t k = row_of_warp();
  if (k >= outputs) return;
  const float inverse = norm.inverse(k), gain = norm.scale[k] * inverse;
  float sum = 0;
  for_each_channel<width>(per_output, [&](int64_t i) {
    auto gradients = load_floats<width>(dw + k * per_output + i);
    if (dscale) {
      const auto weights = load_floats<width>(w + k * per_output + i);
      GRAFT_UNROLL
      for (int j = 0; j < width; ++j) sum += weights.at[j] * gradients.at[j];
    }
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) gradients.at[j] *= gain;
    store_floats(dw + k * per_output + i, gradients);
  });
  const double total = warp_sum(static_cast<double>(sum));
  if (lane_index() != 0) return;
  const float of_bias = dfolded_bias ? dfolded_bias[k] : 0;
  if (dscale) {
    const double center = static_cast<double>(bias ? bias[k] : 0) - static_cast<double>(norm.mean[k]);
    dscale[k] =
        static_cast<float>((total + center * static_cast<double>(of_bias)) * static_cast<double>(inverse));
  }
  if (dbias) dbias[k] = of_bias * gain;
}

template <class Args>
Norm norm_of(const BatchNormFoldProblem& p, const Args& args) {
  return {floats(args.scale), floats(args.mean), floats(args.variance), static_cast<float>(p.epsilon)};
}

}  // namespace

void batch_norm_fold_forward_simt(const BatchNormFoldProblem& p, const BatchNormFoldForward::Args& args,
                                  const RunContext& context) {
  const bool four = four_at_a_time({args.w.data, args.folded_w.data}, p.per_output);
  launch("batch_norm_fold_forward_simt",
         four ? batch_norm_fold_forward_simt_kernel<4> : batch_norm_fold_forward_simt_kernel<1>,
         warp_row_grid(p.outputs), {threads_per_block}, 0, context.stream, floats(args.w),
         p.bias ? floats(args.bias) : nullptr, norm_of(p, args), floats(args.shift), floats(args.folded_w),
         floats(args.folded_bias), p.outputs, p.per_output);
}

void batch_norm_fold_backward_simt(const BatchNormFoldProblem& p, const BatchNormFoldBackward::Args& args,
                                   const RunContext& context) {
  const bool four = four_at_a_time({args.w.data, args.dw.data}, p.per_output);
  launch("batch_norm_fold_backward_simt",
         four ? batch_norm_fold_backward_simt_kernel<4> : batch_norm_fold_backward_simt_kernel<1>,
         warp_row_grid(p.outputs), {threads_per_block}, 0, context.stream,
         p.wants_dscale ? floats(args.w) : nullptr, p.bias && p.wants_dscale ? floats(args.bias) : nullptr,
         norm_of(p, args), p.wants_dscale || p.bias ? floats(args.dfolded_bias) : nullptr, floats(args.dw),
         p.wants_dscale ? floats(args.dscale) : nullptr, p.bias ? floats(args.dbias) : nullptr, p.outputs,
         p.per_output);
}

}  // namespace graft::GRAFT_TARGET
