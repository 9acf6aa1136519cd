#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/conv_sizes.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread a pixel of so many neighbouring filters, which share every input that is read. Depthwise: one
// filter, and neighbouring threads read neighbouring channels. x: [N, H, W, C]; w: [K, R, S, C / groups]; y:
// [N, P, Q, K], pixels y_pitch apart
template <int filters>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void conv_forward_direct_kernel(ConvSizes sizes, const float* x, const float* w, float* y, int64_t threads,
                                Epilogue epilogue) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= threads) return;
  const int per_group = (sizes.group_k + filters - 1) / filters, per_pixel = sizes.groups * per_group;
  const int64_t pixel = i / per_pixel;
  const int slot = static_cast<int>(i % per_pixel), group = slot / per_group;
  const int first = slot % per_group * filters, first_k = group * sizes.group_k + first;
  const int count = sizes.group_k - first < filters ? sizes.group_k - first : filters;
  const int top = static_cast<int>(pixel / sizes.q % sizes.p) * sizes.stride_h - sizes.pad_top;
  const int left = static_cast<int>(pixel % sizes.q) * sizes.stride_w - sizes.pad_left;
  const float* image = x + pixel / sizes.q / sizes.p * sizes.h * sizes.w * sizes.c + group * sizes.group_c;
  const int64_t filter = sizes.filter();

  float sum[filters] = {};
  for (int r = 0; r < sizes.r; ++r) {
    const int h = top + r * sizes.dilation_h;
    if (h < 0 || h >= sizes.h) continue;
    for (int s = 0; s < sizes.s; ++s) {
      const int column = left + s * sizes.dilation_w;
      if (column < 0 || column >= sizes.w) continue;
      const float* from = image + (int64_t{h} * sizes.w + column) * sizes.c;
      const float* weights = w + first_k * filter + (r * sizes.s + s) * sizes.group_c;
      for (int c = 0; c < sizes.group_c; ++c) {
        GRAFT_UNROLL
        for (int j = 0; j < filters; ++j) sum[j] += from[c] * weights[(j < count ? j : 0) * filter + c];
      }
    }
  }
  GRAFT_UNROLL
  for (int j = 0; j < filters; ++j) {
    const int64_t at = pixel * sizes.y_pitch + first_k + j;
    if (j < count) y[at] = epilogue(sum[j], first_k + j, at);
  }
}

// One thread an input: it gathers from the outputs that read it, in a fixed order. Neighbours read
// neighbouring weights. dy: [N, P, Q, K]; w: [K, R, S, C / groups]; dx: [N, H, W, C]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void conv_backward_data_direct_kernel(ConvSizes sizes, const float* dy, const float* w, float* dx,
                                      int64_t threads) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= threads) return;
  const int c = static_cast<int>(i % sizes.c), group = c / sizes.group_c;
  const int64_t pixel = i / sizes.c, filter = sizes.filter();
  const int padded_h = static_cast<int>(pixel / sizes.w % sizes.h) + sizes.pad_top;
  const int padded_w = static_cast<int>(pixel % sizes.w) + sizes.pad_left;
  const float* image = dy + pixel / sizes.w / sizes.h * sizes.p * sizes.q * sizes.k + group * sizes.group_k;
  const float* weights = w + group * sizes.group_k * filter + c % sizes.group_c;

  float sum = 0;
  for (int r = 0; r < sizes.r; ++r) {
    const int h = padded_h - r * sizes.dilation_h, p = h / sizes.stride_h;
    if (h < 0 || p * sizes.stride_h != h || p >= sizes.p) continue;
    for (int s = 0; s < sizes.s; ++s) {
      const int column = padded_w - s * sizes.dilation_w, q = column / sizes.stride_w;
      if (column < 0 || q * sizes.stride_w != column || q >= sizes.q) continue;
      const float* from = image + (int64_t{p} * sizes.q + q) * sizes.k;
      const float* tap = weights + (r * sizes.s + s) * sizes.group_c;
      for (int k = 0; k < sizes.group_k; ++k) sum += from[k] * tap[k * filter];
    }
  }
  dx[i] = sum;
}

}  // namespace

void conv_forward_direct(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  const bool several = p.group_k() >= 4;
  const int64_t threads =
      p.n * p.p() * p.q() * p.groups * (several ? blocks_for(p.group_k(), 4) : p.group_k());
  launch("conv_forward_direct", several ? conv_forward_direct_kernel<4> : conv_forward_direct_kernel<1>,
         {blocks_for(threads, threads_per_block)}, {threads_per_block}, 0, context.stream,
         sizes_of(p, args.y), floats(args.x), floats(args.w), floats(args.y), threads, epilogue_of(p, args));
}

void conv_backward_data_direct(const ConvProblem& p, const ConvBackwardData::Args& args,
                               const RunContext& context) {
  const int64_t threads = p.n * p.h * p.w * p.c;
  launch("conv_backward_data_direct", conv_backward_data_direct_kernel,
         {blocks_for(threads, threads_per_block)}, {threads_per_block}, 0, context.stream, sizes_of(p),
         floats(args.dy), floats(args.w), floats(args.dx), threads);
}

}  // namespace graft::GRAFT_TARGET
