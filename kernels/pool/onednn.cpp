#include "kernels/onednn_support.h"
#include "kernels/pool/pool.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::pooling_forward;
using Backward = dnnl::pooling_backward;

memory::desc x_of(const PoolProblem& p) { return nhwc(p.n, p.h, p.w, p.c, p.dtype); }
memory::desc y_of(const PoolProblem& p) { return nhwc(p.n, p.p, p.q, p.c, p.dtype); }

struct Windows {
  memory::dims stride, size, before, after;
};

// A global pool is a window of the whole image. Behind the image the library wants what the last window
// reaches, which rounding may make less or more than the layer's own padding.
Windows windows_of(const PoolProblem& p) {
  if (p.adaptive) return {{p.h, p.w}, {p.h, p.w}, {0, 0}, {0, 0}};
  return {{p.stride_h, p.stride_w},
          {p.r, p.s},
          {p.pad_top, p.pad_left},
          {(p.p - 1) * p.stride_h + p.r - p.h - p.pad_top, (p.q - 1) * p.stride_w + p.s - p.w - p.pad_left}};
}

dnnl::algorithm algorithm_of(const PoolProblem& p) {
  if (p.kind == PoolKind::max) return dnnl::algorithm::pooling_max;
  return p.count_padding ? dnnl::algorithm::pooling_avg_include_padding
                         : dnnl::algorithm::pooling_avg_exclude_padding;
}

std::string refuse_windows(const PoolProblem& p) {
  if (p.adaptive && (p.p != 1 || p.q != 1)) return "oneDNN's windows are all of one size";
  const Windows windows = windows_of(p);
  if (windows.after[0] < 0 || windows.after[1] < 0)
    return "rows or columns behind the last window are not read";
  if (p.count_padding && !p.adaptive && (windows.after[0] > p.pad_bottom || windows.after[1] > p.pad_right))
    return "the last window reaches beyond the padding, which oneDNN would count";
  return {};
}

Forward::primitive_desc forward_descriptor(const PoolProblem& p) {
  const Windows w = windows_of(p);
  return {Forward::desc(dnnl::prop_kind::forward_inference, algorithm_of(p), x_of(p), y_of(p), w.stride,
                        w.size, w.before, w.after),
          attributes(), engine()};
}

class PoolForwardOnednn : public Prepared<PoolForward> {
 public:
  static std::string refuse_first(const PoolProblem& p) {
    if (p.y_slice) return "it writes no slices of wider pixels";
    if (p.saves_places) return "oneDNN does not tell the places of the largest in our form";
    if (p.kind == PoolKind::max && p.adaptive) return "adaptive max pooling is not offered";
    if (p.kind == PoolKind::max && p.dtype == DType::float32)
      return "oneDNN's max pooling takes 1.1 to 5 times as long as our loops";
    return refuse_windows(p);
  }
  static auto descriptor(const PoolProblem& p) { return forward_descriptor(p); }

  PoolForwardOnednn(const PoolProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Forward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const PoolForward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.data}, {DNNL_ARG_DST, y_of(p_), args.y.data}},
                context.scratch);
  }

 private:
  PoolProblem p_;
  Runner runner_;
};

class PoolBackwardOnednn : public Prepared<PoolBackward> {
 public:
  static std::string refuse_first(const PoolProblem& p) {
    if (p.kind == PoolKind::max) return "oneDNN does not read the places of the largest in our form";
    return refuse_windows(p);
  }
  static Backward::primitive_desc descriptor(const PoolProblem& p) {
    const Windows w = windows_of(p);
    return {Backward::desc(algorithm_of(p), x_of(p), y_of(p), w.stride, w.size, w.before, w.after),
            attributes(), engine(), forward_descriptor(p)};
  }

  PoolBackwardOnednn(const PoolProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Backward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const PoolBackward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_DIFF_DST, y_of(p_), args.dy.as<float>()},
                 {DNNL_ARG_DIFF_SRC, x_of(p_), args.dx.as<float>()}},
                context.scratch);
  }

 private:
  PoolProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<PoolForward> {
  using type = PoolForwardOnednn;
};
template <>
struct OnednnClass<PoolBackward> {
  using type = PoolBackwardOnednn;
};

template struct Onednn<PoolForward, Math::fp32>;
template struct Onednn<PoolForward, Math::bf16>;
template struct Onednn<PoolBackward, Math::fp32>;

}  // namespace graft
