#include "kernels/conv/winograd_host.h"

#include "kernels/conv/winograd_convolution.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {
namespace {

using namespace winograd;

class WinogradForward : public Prepared<ConvForward> {
 public:
  WinogradForward(const ConvProblem& p, Device& device)
      : p_(p),
        device_(device),
        convolution_({p.n, p.h, p.w, p.c, p.k, p.p(), p.q(), p.pad_top, p.pad_left},
                     device.properties().threads) {}

  size_t scratch_bytes() const override {
    return (convolution_.scratch_size() + (p_.constant_weights ? 0 : convolution_.packed_size())) *
           sizeof(float);
  }
  int64_t products(int64_t) const override { return convolution_.products(); }
  // The packed filters, behind them the bias.
  size_t kept_bytes() const override {
    if (!p_.constant_weights) return 0;
    return (convolution_.packed_size() + (p_.bias ? p_.k : 0)) * sizeof(float);
  }

  bool keep_constants(const ConvForward::Args& args, const RunContext&) override {
    if (!p_.constant_weights) return false;
    kept_ = Buffer(device_, kept_bytes());
    float* packed = reinterpret_cast<float*>(kept_.data());
    convolution_.pack(filters(args), packed);
    if (p_.bias) std::copy_n(args.bias.as<float>(), p_.k, packed + convolution_.packed_size());
    return true;
  }

  void run(const ConvForward::Args& args, const RunContext& context) override {
    float* scratch = static_cast<float*>(context.scratch);
    float* packed = reinterpret_cast<float*>(kept_.data());
    Epilogue epilogue{.bounds = ActivationBounds(p_.activation)};
    if (packed != nullptr) {
      if (p_.bias) epilogue.bias = packed + convolution_.packed_size();
    } else {
      packed = scratch + convolution_.scratch_size();
      convolution_.pack(filters(args), packed);
      if (p_.bias) epilogue.bias = args.bias.as<float>();
    }
    if (p_.residual) epilogue.residual = args.residual.as<float>();
    convolution_.run(args.x.as<float>(), packed, epilogue, args.y.as<float>(), row_stride(args.y, p_.k),
                     scratch);
  }

 private:
  Filters filters(const ConvForward::Args& args) const { return {args.w.as<float>(), taps * p_.c, 1, p_.c}; }

  ConvProblem p_;
  Device& device_;
  Convolution convolution_;
  Buffer kept_;
};

// A convolution of dy with the filters turned round.
class WinogradBackwardData : public Prepared<ConvBackwardData> {
 public:
  WinogradBackwardData(const ConvProblem& p, Device& device)
      : c_(p.c),
        convolution_({p.n, p.p(), p.q(), p.k, p.c, p.h, p.w, filter_side - 1 - p.pad_top,
                      filter_side - 1 - p.pad_left},
                     device.properties().threads) {}

  size_t scratch_bytes() const override {
    return (convolution_.scratch_size() + convolution_.packed_size()) * sizeof(float);
  }
  int64_t products(int64_t) const override { return convolution_.products(); }

  void run(const ConvBackwardData::Args& args, const RunContext& context) override {
    float* scratch = static_cast<float*>(context.scratch);
    float* packed = scratch + convolution_.scratch_size();
    convolution_.pack({args.w.as<float>() + (taps - 1) * c_, 1, taps * c_, -c_}, packed);
    convolution_.run(args.dy.as<float>(), packed, {}, args.dx.as<float>(), c_, scratch);
  }

 private:
  int64_t c_;
  Convolution convolution_;
};

constexpr int64_t fewest_tiles = 32;

std::string refuse_winograd_shape(const ConvProblem& p) {
  if (p.r != filter_side || p.s != filter_side) return "the filter is not 3x3";
  if (p.stride_h != 1 || p.stride_w != 1 || p.dilation_h != 1 || p.dilation_w != 1 || p.groups != 1)
    return "serves no stride, no dilation and no groups";
  if (std::max({p.pad_top, p.pad_left, p.pad_bottom, p.pad_right}) >= filter_side)
    return "the padding is wider than what a filter reaches";
  if (p.c % block != 0 || p.k % block != 0)
    return text("from ", p.c, " to ", p.k, " channels is not from a multiple of ", block, " to one");
  const int64_t tiles = Grid(p.n, p.p(), p.q()).tiles();
  if (tiles < fewest_tiles) return text(tiles, " tiles are too few to transform filters for");
  return {};
}

}  // namespace

template <class Op>
std::string refuse_winograd(const ConvProblem& p, const DeviceProperties& device) {
  if (const std::string reason = refuse_winograd_shape(p); !reason.empty()) return reason;
  if (widest_vector_bytes() < 64) return "its products are for processors with AVX-512";
  if (std::is_same_v<Op, ConvForward> && p.activation.kind > Activation::relu6)
    return "its loops know no activation but relu and relu6";
  return refuse_other_types<Op, float>(p, device);
}
template std::string refuse_winograd<ConvForward>(const ConvProblem&, const DeviceProperties&);
template std::string refuse_winograd<ConvBackwardData>(const ConvProblem&, const DeviceProperties&);
template std::string refuse_winograd<ConvBackwardWeights>(const ConvProblem&, const DeviceProperties&);

std::unique_ptr<Prepared<ConvForward>> prepare_winograd_forward(const ConvProblem& problem, Device& device) {
  return std::make_unique<WinogradForward>(problem, device);
}
std::unique_ptr<Prepared<ConvBackwardData>> prepare_winograd_backward_data(const ConvProblem& problem,
                                                                           Device& device) {
  return std::make_unique<WinogradBackwardData>(problem, device);
}

}  // namespace graft
