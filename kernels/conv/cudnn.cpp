#include "kernels/cudnn_support.h"

#include <algorithm>

#include "kernels/conv/conv.h"
#include "kernels/elementwise/cast_kernels.h"
#include "kernels/gemm/bias_sums.h"
#include "kernels/narrowed_bias.h"

// The vendor's convolutions, by its interface of fixed calls, as PyTorch uses it. The algorithm is the
// library's own first guess among those whose sums are exact (no Winograd, no FFT) and come in the same order
// every time.
namespace graft {
namespace {

using namespace cudnn;

// Of float32 operands: FMA forbids TF32, the default allows it.
cudnnMathType_t math_type(Math math) {
  if (math == Math::fp32) return CUDNN_FMA_MATH;
  return math == Math::tf32 ? CUDNN_DEFAULT_MATH : CUDNN_TENSOR_OP_MATH;
}

class Filters : public Descriptor<cudnnFilterDescriptor_t> {
 public:
  Filters(const Api& api, const ConvProblem& p) : Descriptor(api) {
    // NHWC names the order K,R,S,C, in which graft keeps filters.
    api.check(api.cudnnSetFilter4dDescriptor(*this, data_type(p.dtype), CUDNN_TENSOR_NHWC, whole(p.k),
                                             whole(p.group_c()), whole(p.r), whole(p.s)),
              "describing filters");
  }
};

class Geometry : public Descriptor<cudnnConvolutionDescriptor_t> {
 public:
  Geometry(const Api& api, const ConvProblem& p, Math math) : Descriptor(api) {
    api.check(api.cudnnSetConvolution2dDescriptor(
                  *this, whole(p.pad_top), whole(p.pad_left), whole(p.stride_h), whole(p.stride_w),
                  whole(p.dilation_h), whole(p.dilation_w), CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
              "describing a convolution");
    api.check(api.cudnnSetConvolutionGroupCount(*this, whole(p.groups)), "describing its groups");
    api.check(api.cudnnSetConvolutionMathType(*this, math_type(math)), "describing its arithmetic");
  }
};

// What all passes have.
struct Convolution {
  Convolution(const ConvProblem& problem, Math math, Device& device, const Api& api)
      : p(problem),
        handle(handle_of(device, api)),
        api(api),
        x(api, p.dtype, p.n, p.h, p.w, p.c),
        y(api, p.dtype, p.n, p.p(), p.q(), p.k),
        w(api, p),
        geometry(api, p, math) {}

  const ConvProblem p;
  const std::shared_ptr<Handle> handle;
  const Api& api;
  Tensor x, y;
  Filters w;
  Geometry geometry;
};

// `ask(count, returned, found)` lists the library's algorithms, the fastest first by its own estimate.
template <class Found, class Algorithms, class Ask>
Found pick(const Convolution& conv, Math math, std::string_view op, const Algorithms& exact, const Ask& ask) {
  Found found[16];
  int returned = 0;
  conv.api.check(ask(static_cast<int>(std::size(found)), &returned, found), "asking for its algorithms");
  for (int i = 0; i < returned; ++i) {
    const bool tensor_cores = found[i].mathType == CUDNN_TENSOR_OP_MATH ||
                              found[i].mathType == CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
    if (found[i].status != CUDNN_STATUS_SUCCESS || found[i].determinism != CUDNN_DETERMINISTIC ||
        std::find(std::begin(exact), std::end(exact), found[i].algo) == std::end(exact) ||
        (math == Math::fp32 && tensor_cores))
      continue;
    if (math != Math::fp32)
      conv.api.check(conv.api.cudnnSetConvolutionMathType(conv.geometry, found[i].mathType),
                     "describing its arithmetic");
    return found[i];
  }
  fail(ErrorCode::device, "cuDNN has no algorithm with exact sums in a fixed order for ", op, ' ', conv.p,
       "; leave it to graft's own, --provider own or --method");
}

std::string refuse_geometry(const ConvProblem& p) {
  if (p.pad_top != p.pad_bottom || p.pad_left != p.pad_right) return "cuDNN pads both sides alike";
  return refuse_beyond_int({p.n * p.h * p.w * p.c, p.n * p.p() * p.q() * p.k, p.k * p.r * p.s * p.group_c()});
}

// One call computes bias, residual and activation too.
bool fused(const ConvProblem& p) {
  return p.bias && (p.activation == Activation::none || p.activation == Activation::relu);
}

constexpr cudnnConvolutionFwdAlgo_t exact_forward[] = {
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
    CUDNN_CONVOLUTION_FWD_ALGO_GEMM, CUDNN_CONVOLUTION_FWD_ALGO_DIRECT};

class ConvForwardCudnn final : public Prepared<ConvForward> {
 public:
  ConvForwardCudnn(const ConvProblem& problem, Math math, Device& device, const Api& api)
      : conv_(problem, math, device, api),
        narrowed_(problem.bias, problem.k, problem.dtype),
        bias_(api, problem.dtype, 1, 1, 1, problem.k),
        activation_(api, problem.activation),
        chosen_(pick<cudnnConvolutionFwdAlgoPerf_t>(
            conv_, math, ConvForward::name, algorithms(problem), [&](int most, int* count, auto* found) {
              return api.cudnnGetConvolutionForwardAlgorithm_v7(conv_.handle->get(), conv_.x, conv_.w,
                                                                conv_.geometry, conv_.y, most, count, found);
            })) {}

  size_t scratch_bytes() const override { return narrowed_.scratch_bytes(chosen_.memory); }

  void run(const ConvForward::Args& args, const RunContext& context) override {
    const void* bias = conv_.p.bias ? narrowed_.of(args.bias, chosen_.memory, context) : nullptr;
    if (fused(conv_.p)) return run_fused(args, bias, context);
    const Api& api = conv_.api;
    const cudnnHandle_t handle = conv_.handle->get();
    api.check(api.cudnnConvolutionForward(handle, &one, conv_.x, args.x.data, conv_.w, args.w.data,
                                          conv_.geometry, chosen_.algo, context.scratch, chosen_.memory,
                                          &zero, conv_.y, args.y.data),
              "a convolution");
    if (conv_.p.bias)
      api.check(api.cudnnAddTensor(handle, &one, bias_, bias, &one, conv_.y, args.y.data), "a bias");
    if (conv_.p.activation != Activation::none)
      api.check(api.cudnnActivationForward(handle, activation_, &one, conv_.y, args.y.data, &zero, conv_.y,
                                           args.y.data),
                "an activation");
  }

 private:
  // Without an activation the library's fused call knows one algorithm.
  static std::span<const cudnnConvolutionFwdAlgo_t> algorithms(const ConvProblem& p) {
    const std::span<const cudnnConvolutionFwdAlgo_t> all = exact_forward;
    return fused(p) && p.activation == Activation::none ? all.first(1) : all;
  }

  void run_fused(const ConvForward::Args& args, const void* bias, const RunContext& context) {
    const void* residual = conv_.p.residual ? args.residual.data : args.y.data;
    conv_.api.check(conv_.api.cudnnConvolutionBiasActivationForward(
                        conv_.handle->get(), &one, conv_.x, args.x.data, conv_.w, args.w.data, conv_.geometry,
                        chosen_.algo, context.scratch, chosen_.memory, conv_.p.residual ? &one : &zero,
                        conv_.y, residual, bias_, bias, activation_, conv_.y, args.y.data),
                    "a convolution");
  }

  const Convolution conv_;
  const NarrowedBias narrowed_;
  const Tensor bias_;
  const ActivationOf activation_;
  const cudnnConvolutionFwdAlgoPerf_t chosen_;
};

class ConvBackwardDataCudnn final : public Prepared<ConvBackwardData> {
 public:
  ConvBackwardDataCudnn(const ConvProblem& problem, Math math, Device& device, const Api& api)
      : conv_(problem, math, device, api),
        chosen_(pick<cudnnConvolutionBwdDataAlgoPerf_t>(
            conv_, math, ConvBackwardData::name,
            std::initializer_list{CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1},
            [&](int most, int* count, auto* found) {
              return api.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                  conv_.handle->get(), conv_.w, conv_.y, conv_.geometry, conv_.x, most, count, found);
            })) {}

  size_t scratch_bytes() const override { return chosen_.memory; }

  void run(const ConvBackwardData::Args& args, const RunContext& context) override {
    conv_.api.check(
        conv_.api.cudnnConvolutionBackwardData(conv_.handle->get(), &one, conv_.w, args.w.data, conv_.y,
                                               args.dy.data, conv_.geometry, chosen_.algo, context.scratch,
                                               chosen_.memory, &zero, conv_.x, args.dx.data),
        "a convolution's gradient");
  }

 private:
  const Convolution conv_;
  const cudnnConvolutionBwdDataAlgoPerf_t chosen_;
};

// The library gives gradients of bfloat16 filters in bfloat16: they are widened afterwards.
class ConvBackwardWeightsCudnn final : public Prepared<ConvBackwardWeights> {
 public:
  ConvBackwardWeightsCudnn(const ConvProblem& problem, Math math, Device& device, const Api& api)
      : conv_(problem, math, device, api),
        chosen_(pick<cudnnConvolutionBwdFilterAlgoPerf_t>(
            conv_, math, ConvBackwardWeights::name,
            std::initializer_list{CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1,
                                  CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3},
            [&](int most, int* count, auto* found) {
              return api.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                  conv_.handle->get(), conv_.x, conv_.y, conv_.geometry, conv_.w, most, count, found);
            })) {}

  size_t scratch_bytes() const override {
    const ConvProblem& p = conv_.p;
    const size_t narrow = p.dtype == DType::float32 ? 0 : filters() * size_of(p.dtype);
    return std::max(aligned_bytes(chosen_.memory) + narrow,
                    p.bias ? bias_sums_scratch(p.n * p.p() * p.q(), p.k) : 0);
  }

  void run(const ConvBackwardWeights::Args& args, const RunContext& context) override {
    const ConvProblem& p = conv_.p;
    TensorView dw = args.dw;
    if (p.dtype != DType::float32) {
      dw.data = static_cast<std::byte*>(context.scratch) + aligned_bytes(chosen_.memory);
      dw.dtype = p.dtype;
    }
    conv_.api.check(
        conv_.api.cudnnConvolutionBackwardFilter(conv_.handle->get(), &one, conv_.x, args.x.data, conv_.y,
                                                 args.dy.data, conv_.geometry, chosen_.algo, context.scratch,
                                                 chosen_.memory, &zero, conv_.w, dw.data),
        "a convolution's gradient");
    if (dw.data != args.dw.data)
      cuda::cast_simt({static_cast<int64_t>(filters()), p.dtype, DType::float32}, {dw, args.dw}, context);
    if (p.bias) cuda::bias_sums(args.dy, p.n * p.p() * p.q(), p.k, args.dbias, context);
  }

 private:
  size_t filters() const {
    return static_cast<size_t>(conv_.p.k * conv_.p.r * conv_.p.s * conv_.p.group_c());
  }

  const Convolution conv_;
  const cudnnConvolutionBwdFilterAlgoPerf_t chosen_;
};

}  // namespace

template <>
std::string refuse_vendor<ConvForward>(const ConvProblem& p, const DeviceProperties&) {
  if (p.mixed()) return refuse_mixed(p);
  if (p.y_slice) return "writes no slices of wider pixels";
  if (!offers(p.activation)) return text("cuDNN has no ", name_of(p.activation));
  if (p.residual && !fused(p)) return "cuDNN adds a residual only with a bias, before a ReLU or nothing";
  return refuse_geometry(p);
}
template <>
std::string refuse_vendor<ConvBackwardData>(const ConvProblem& p, const DeviceProperties&) {
  return refuse_geometry(p);
}
template <>
std::string refuse_vendor<ConvBackwardWeights>(const ConvProblem& p, const DeviceProperties&) {
  return refuse_geometry(p);
}

template <>
std::unique_ptr<Prepared<ConvForward>> prepare_vendor(const ConvProblem& problem, Math math, Device& device,
                                                      const Api& api) {
  return std::make_unique<ConvForwardCudnn>(problem, math, device, api);
}
template <>
std::unique_ptr<Prepared<ConvBackwardData>> prepare_vendor(const ConvProblem& problem, Math math,
                                                           Device& device, const Api& api) {
  return std::make_unique<ConvBackwardDataCudnn>(problem, math, device, api);
}
template <>
std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_vendor(const ConvProblem& problem, Math math,
                                                              Device& device, const Api& api) {
  return std::make_unique<ConvBackwardWeightsCudnn>(problem, math, device, api);
}

GRAFT_VENDOR_OP(Cudnn, ConvForward)
GRAFT_VENDOR_OP(Cudnn, ConvBackwardData)
GRAFT_VENDOR_OP(Cudnn, ConvBackwardWeights)

}  // namespace graft
