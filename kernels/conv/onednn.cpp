#include <algorithm>

#include "kernels/conv/conv.h"
#include "kernels/host_loops.h"
#include "kernels/onednn_support.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::convolution_forward;
using BackwardData = dnnl::convolution_backward_data;
using BackwardWeights = dnnl::convolution_backward_weights;

memory::desc x_of(const ConvProblem& p) { return nhwc(p.n, p.h, p.w, p.c, p.dtype); }
memory::desc y_of(const ConvProblem& p) {
  return nhwc(p.n, p.p(), p.q(), p.k, p.wide_y ? DType::float32 : p.dtype);
}

memory::dims filter_sizes(const ConvProblem& p) {
  if (p.groups == 1) return {p.k, p.c, p.r, p.s};
  return {p.groups, p.group_k(), p.group_c(), p.r, p.s};
}
// K,R,S,C as they lie.
memory::desc plain_filters(const ConvProblem& p) {
  using Tag = memory::format_tag;
  return {filter_sizes(p), type_of(p.dtype), p.groups == 1 ? Tag::ohwi : Tag::gohwi};
}
memory::desc any_filters(const ConvProblem& p) {
  return {filter_sizes(p), type_of(p.dtype), memory::format_tag::any};
}

struct Geometry {
  memory::dims stride, dilation, before, after;
  explicit Geometry(const ConvProblem& p)
      : stride{p.stride_h, p.stride_w},
        dilation{p.dilation_h - 1, p.dilation_w - 1},
        before{p.pad_top, p.pad_left},
        after{p.pad_bottom, p.pad_right} {}
};

// Direct, not auto: auto may take Winograd, whose sums are not exact.
constexpr auto direct = dnnl::algorithm::convolution_direct;

Forward::primitive_desc describe_forward(const ConvProblem& p, bool epilogue) {
  const Geometry g(p);
  const auto kind = dnnl::prop_kind::forward_training;
  if (!epilogue || !p.bias) {
    const Forward::desc description(kind, direct, x_of(p), any_filters(p), y_of(p), g.stride, g.dilation,
                                    g.before, g.after);
    if (!epilogue) return {description, attributes(), engine()};
    return {description, attributes(p.activation, p.residual), engine()};
  }
  return {Forward::desc(kind, direct, x_of(p), any_filters(p), vector(p.k), y_of(p), g.stride, g.dilation,
                        g.before, g.after),
          attributes(p.activation, p.residual), engine()};
}

Forward::primitive_desc forward_descriptor(const ConvProblem& p) { return describe_forward(p, true); }

BackwardData::primitive_desc backward_data_descriptor(const ConvProblem& p) {
  const Geometry g(p);
  return {
      BackwardData::desc(direct, x_of(p), any_filters(p), y_of(p), g.stride, g.dilation, g.before, g.after),
      attributes(), engine(), describe_forward(p, false)};
}

BackwardWeights::primitive_desc backward_weights_descriptor(const ConvProblem& p) {
  const Geometry g(p);
  const auto hint = describe_forward(p, false);
  if (p.bias)
    return {BackwardWeights::desc(direct, x_of(p), any_filters(p), vector(p.k), y_of(p), g.stride, g.dilation,
                                  g.before, g.after),
            attributes(), engine(), hint};
  return {BackwardWeights::desc(direct, x_of(p), any_filters(p), y_of(p), g.stride, g.dilation, g.before,
                                g.after),
          attributes(), engine(), hint};
}

// Filters in the library's own layout: packed once where they are constant, else into scratch memory each
// time.
class PackedFilters {
 public:
  PackedFilters(const ConvProblem& p, const memory::desc& wanted, Device& device, Scratch& scratch)
      : device_(device), reorder_(plain_filters(p), wanted), constant_(p.constant_weights) {
    if (constant_) return;
    offset_ = scratch.add(reorder_.needed() ? wanted.get_size() : 0);
    reorder_scratch_ = scratch.add(reorder_.scratch_bytes());
  }

  bool constant() const { return constant_; }
  size_t kept_bytes() const { return constant_ ? reorder_.to().get_size() : 0; }
  const memory::desc& description() const { return reorder_.to(); }

  void keep(const void* w) {
    kept_ = Buffer(device_, reorder_.to().get_size());
    const Buffer scratch(device_, std::max<size_t>(reorder_.scratch_bytes(), 1));
    reorder_.run(w, kept_.data(), scratch.data());
  }
  const void* get(const TensorView& w, const RunContext& context) const {
    if (kept_.data() != nullptr) return kept_.data();
    if (!reorder_.needed()) return w.data;
    reorder_.run(w.data, at(context, offset_), at(context, reorder_scratch_));
    return at(context, offset_);
  }

 private:
  Device& device_;
  Reorder reorder_;
  bool constant_;
  size_t offset_ = 0, reorder_scratch_ = 0;
  Buffer kept_;
};

// The library writes dense pixels only. Those of a slice are computed a few images at a time, as many as stay
// in the cache, and go from there to their places.
ConvProblem at_once(ConvProblem p) {
  constexpr int64_t cached_bytes = 1 << 20;
  if (!p.y_slice) return p;
  const int64_t image_bytes = p.p() * p.q() * p.k * static_cast<int64_t>(size_of(p.dtype));
  int64_t images = std::clamp<int64_t>(cached_bytes / image_bytes, 1, p.n);
  while (p.n % images != 0) --images;
  p.n = images;
  return p;
}

class ConvForwardOnednn : public Prepared<ConvForward> {
 public:
  static std::string refuse_first(const ConvProblem& p) {
    if (p.wide_x || p.wide_w) return "x and w are of one type";
    return p.wide_y && (p.residual || p.y_slice) ? "adds to y, and writes slices, in the type of x" : "";
  }
  static auto descriptor(const ConvProblem& problem) { return forward_descriptor(at_once(problem)); }

  ConvForwardOnednn(const ConvProblem& problem, Device& device)
      : p_(problem),
        images_(at_once(problem).n),
        device_(device),
        descriptor_(descriptor(problem)),
        runner_(Runner::of<Forward>(descriptor_)),
        scratchpad_(scratch_.add(runner_.scratch_bytes())),
        filters_(problem, descriptor_.weights_desc(), device, scratch_),
        pixels_(scratch_.add(problem.y_slice ? descriptor_.dst_desc().get_size() : 0)) {}

  size_t scratch_bytes() const override { return scratch_.bytes(); }
  size_t kept_bytes() const override {
    return filters_.kept_bytes() + (filters_.constant() && p_.bias ? p_.k * sizeof(float) : 0);
  }

  bool keep_constants(const ConvForward::Args& args, const RunContext& context) override {
    if (!filters_.constant()) return false;
    filters_.keep(args.w.data);
    if (p_.bias) {
      bias_ = Buffer(device_, p_.k * sizeof(float));
      device_.copy_in(bias_.data(), args.bias.as<float>(), bias_.bytes(), context.stream);
    }
    return true;
  }

  void run(const ConvForward::Args& args, const RunContext& context) override {
    const void* filters = filters_.get(args.w, context);
    const void* bias = bias_.data();
    if (p_.bias && bias == nullptr) bias = args.bias.as<float>();
    if (p_.residual && args.residual.data != args.y.data) copy(args.residual, args.y);
    if (p_.y_slice)
      run_to_slice(args, filters, bias, context);
    else
      run(args.x.data, filters, bias, args.y.data, context);
  }

 private:
  void run(const void* x, const void* filters, const void* bias, void* y, const RunContext& context) const {
    const Operand from{DNNL_ARG_SRC, descriptor_.src_desc(), x};
    const Operand w{DNNL_ARG_WEIGHTS, filters_.description(), filters};
    const Operand out{DNNL_ARG_DST, descriptor_.dst_desc(), y};
    if (p_.bias)
      runner_.run({from, w, {DNNL_ARG_BIAS, descriptor_.bias_desc(), bias}, out}, at(context, scratchpad_));
    else
      runner_.run({from, w, out}, at(context, scratchpad_));
  }

  void run_to_slice(const ConvForward::Args& args, const void* filters, const void* bias,
                    const RunContext& context) const {
    const int64_t element = static_cast<int64_t>(size_of(p_.dtype)), row = p_.k * element;
    const int64_t rows = images_ * p_.p() * p_.q(), pitch = row_stride(args.y, p_.k) * element;
    const auto* x = static_cast<const std::byte*>(args.x.data);
    auto* y = static_cast<std::byte*>(args.y.data);
    std::byte* pixels = at(context, pixels_);
    for (int64_t done = 0; done < p_.n; done += images_, y += rows * pitch) {
      run(x + done * p_.h * p_.w * p_.c * element, filters, bias, pixels, context);
      for_each_block(rows, std::max<int64_t>(1, elements_per_block / p_.k), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) std::copy_n(pixels + i * row, row, y + i * pitch);
      });
    }
  }

  // The library adds to what y holds.
  void copy(const TensorView& from, const TensorView& y) const {
    const auto* bytes = static_cast<const std::byte*>(from.data);
    for_each_block(static_cast<int64_t>(y.bytes()), elements_per_block * sizeof(float),
                   [&, to = static_cast<std::byte*>(y.data)](int64_t begin, int64_t end) {
                     std::copy(bytes + begin, bytes + end, to + begin);
                   });
  }

  ConvProblem p_;
  int64_t images_;  // at once
  Device& device_;
  Forward::primitive_desc descriptor_;
  Runner runner_;
  Scratch scratch_;
  size_t scratchpad_;
  PackedFilters filters_;
  size_t pixels_;
  Buffer bias_;
};

class ConvBackwardDataOnednn : public Prepared<ConvBackwardData> {
 public:
  static auto descriptor(const ConvProblem& problem) { return backward_data_descriptor(problem); }

  ConvBackwardDataOnednn(const ConvProblem& problem, Device& device)
      : descriptor_(backward_data_descriptor(problem)),
        runner_(Runner::of<BackwardData>(descriptor_)),
        scratchpad_(scratch_.add(runner_.scratch_bytes())),
        filters_(problem, descriptor_.weights_desc(), device, scratch_) {}

  size_t scratch_bytes() const override { return scratch_.bytes(); }
  size_t kept_bytes() const override { return filters_.kept_bytes(); }

  bool keep_constants(const ConvBackwardData::Args& args, const RunContext&) override {
    if (filters_.constant()) filters_.keep(args.w.data);
    return filters_.constant();
  }

  void run(const ConvBackwardData::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_DIFF_DST, descriptor_.diff_dst_desc(), args.dy.as<float>()},
                 {DNNL_ARG_WEIGHTS, filters_.description(), filters_.get(args.w, context)},
                 {DNNL_ARG_DIFF_SRC, descriptor_.diff_src_desc(), args.dx.as<float>()}},
                at(context, scratchpad_));
  }

 private:
  BackwardData::primitive_desc descriptor_;
  Runner runner_;
  Scratch scratch_;
  size_t scratchpad_;
  PackedFilters filters_;
};

class ConvBackwardWeightsOnednn : public Prepared<ConvBackwardWeights> {
 public:
  static auto descriptor(const ConvProblem& problem) { return backward_weights_descriptor(problem); }

  ConvBackwardWeightsOnednn(const ConvProblem& problem, Device&)
      : p_(problem),
        descriptor_(backward_weights_descriptor(problem)),
        runner_(Runner::of<BackwardWeights>(descriptor_)),
        reorder_(descriptor_.diff_weights_desc(), plain_filters(problem)),
        scratchpad_(scratch_.add(runner_.scratch_bytes())),
        packed_(scratch_.add(reorder_.needed() ? descriptor_.diff_weights_desc().get_size() : 0)),
        reorder_scratch_(scratch_.add(reorder_.scratch_bytes())) {}

  size_t scratch_bytes() const override { return scratch_.bytes(); }

  void run(const ConvBackwardWeights::Args& args, const RunContext& context) override {
    float* dw = args.dw.as<float>();
    void* packed = reorder_.needed() ? at(context, packed_) : static_cast<void*>(dw);
    const Operand x{DNNL_ARG_SRC, descriptor_.src_desc(), args.x.as<float>()};
    const Operand dy{DNNL_ARG_DIFF_DST, descriptor_.diff_dst_desc(), args.dy.as<float>()};
    const Operand out{DNNL_ARG_DIFF_WEIGHTS, descriptor_.diff_weights_desc(), packed};
    if (p_.bias)
      runner_.run({x, dy, out, {DNNL_ARG_DIFF_BIAS, vector(p_.k), args.dbias.as<float>()}},
                  at(context, scratchpad_));
    else
      runner_.run({x, dy, out}, at(context, scratchpad_));
    if (reorder_.needed()) reorder_.run(packed, dw, at(context, reorder_scratch_));
  }

 private:
  ConvProblem p_;
  BackwardWeights::primitive_desc descriptor_;
  Runner runner_;
  Reorder reorder_;
  Scratch scratch_;
  size_t scratchpad_, packed_, reorder_scratch_;
};

}  // namespace

template <>
struct OnednnClass<ConvForward> {
  using type = ConvForwardOnednn;
};
template <>
struct OnednnClass<ConvBackwardData> {
  using type = ConvBackwardDataOnednn;
};
template <>
struct OnednnClass<ConvBackwardWeights> {
  using type = ConvBackwardWeightsOnednn;
};

template struct Onednn<ConvForward, Math::fp32>;
template struct Onednn<ConvForward, Math::bf16>;
template struct Onednn<ConvBackwardData, Math::fp32>;
template struct Onednn<ConvBackwardWeights, Math::fp32>;

}  // namespace graft
