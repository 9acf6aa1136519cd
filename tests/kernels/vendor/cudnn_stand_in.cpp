#include "kernels/vendor/cudnn_stand_in.h"

namespace graft::test {

CudnnStandIn stand_in;

namespace {

struct TensorWords {
  cudnnDataType_t type;
  int n, c, h, w, n_stride, c_stride, h_stride, w_stride;
};
struct FilterWords {
  cudnnDataType_t type;
  cudnnTensorFormat_t format;
  int k, c, h, w;
};
struct ConvolutionWords {
  int pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w;
  cudnnConvolutionMode_t mode;
  cudnnDataType_t compute;
  int groups = 1;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};
struct ActivationWords {
  cudnnActivationMode_t mode;
  double end;
};

template <class T, class Handle>
cudnnStatus_t make(Handle* handle) {
  T* made = new T();
  stand_in.live.insert(made);
  *handle = reinterpret_cast<Handle>(made);
  return CUDNN_STATUS_SUCCESS;
}
template <class T>
cudnnStatus_t destroy(const void* handle) {
  CHECK(stand_in.live.erase(handle) == 1);
  delete static_cast<const T*>(handle);
  return CUDNN_STATUS_SUCCESS;
}
template <class T, class Handle>
cudnnStatus_t set(Handle handle, const T& words) {
  REQUIRE(stand_in.live.contains(handle));
  *reinterpret_cast<T*>(handle) = words;
  return CUDNN_STATUS_SUCCESS;
}
template <class T>
const T& see(const void* handle) {
  REQUIRE(stand_in.live.contains(handle));
  return *static_cast<const T*>(handle);
}

void check_dense(const TensorWords& t) {
  CHECK(t.c_stride == 1);
  CHECK(t.w_stride == t.c);
  CHECK(t.h_stride == t.w * t.c);
  CHECK(t.n_stride == t.h * t.w * t.c);
}

// The problem as the library was told it.
ConvProblem problem_of(const TensorWords& x, const FilterWords& w, const ConvolutionWords& conv,
                       const TensorWords& y) {
  check_dense(x), check_dense(y);
  CHECK(conv.mode == CUDNN_CROSS_CORRELATION);
  CHECK(conv.compute == CUDNN_DATA_FLOAT);
  CHECK(w.format == CUDNN_TENSOR_NHWC);
  ConvProblem p{.n = x.n, .h = x.h, .w = x.w, .c = x.c, .k = w.k, .r = w.h, .s = w.w};
  p.stride_h = conv.stride_h, p.stride_w = conv.stride_w;
  p.dilation_h = conv.dilation_h, p.dilation_w = conv.dilation_w;
  p.pad_top = p.pad_bottom = conv.pad_h, p.pad_left = p.pad_right = conv.pad_w;
  p.groups = conv.groups;
  CHECK(w.c == p.group_c());
  CHECK(y.n == p.n);
  CHECK(y.c == p.k);
  CHECK(y.h == p.p());
  CHECK(y.w == p.q());
  return p;
}

void note(const ConvolutionWords& conv, int algorithm, const void* scratch, size_t bytes) {
  stand_in.algorithm = algorithm;
  stand_in.math = conv.math;
  stand_in.scratch = scratch;
  stand_in.scratch_bytes = bytes;
}

float activate_as(const ActivationWords& activation, float v) {
  switch (activation.mode) {
    case CUDNN_ACTIVATION_IDENTITY: return v;
    case CUDNN_ACTIVATION_RELU: return std::max(v, 0.0f);
    case CUDNN_ACTIVATION_CLIPPED_RELU: return std::clamp(v, 0.0f, static_cast<float>(activation.end));
    default: FAIL("no such activation here"); return 0;
  }
}

void convolve(const ConvProblem& p, const void* x, const void* w, float* y) {
  std::fill(y, y + y_shape(p).count(), 0.0f);
  for_each_product(p, [&](int64_t ix, int64_t iw, int64_t iy) {
    y[iy] += static_cast<const float*>(x)[ix] * static_cast<const float*>(w)[iw];
  });
}

cudnnStatus_t forward(cudnnHandle_t, const void* alpha, cudnnTensorDescriptor_t x_words, const void* x,
                      cudnnFilterDescriptor_t w_words, const void* w, cudnnConvolutionDescriptor_t words,
                      cudnnConvolutionFwdAlgo_t algorithm, void* scratch, size_t bytes, const void* beta,
                      cudnnTensorDescriptor_t y_words, void* y) {
  CHECK(*static_cast<const float*>(alpha) == 1);
  CHECK(*static_cast<const float*>(beta) == 0);
  const auto& conv = see<ConvolutionWords>(words);
  const ConvProblem p =
      problem_of(see<TensorWords>(x_words), see<FilterWords>(w_words), conv, see<TensorWords>(y_words));
  note(conv, algorithm, scratch, bytes);
  convolve(p, x, w, static_cast<float*>(y));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t forward_fused(cudnnHandle_t, const void* alpha, cudnnTensorDescriptor_t x_words, const void* x,
                            cudnnFilterDescriptor_t w_words, const void* w,
                            cudnnConvolutionDescriptor_t words, cudnnConvolutionFwdAlgo_t algorithm,
                            void* scratch, size_t bytes, const void* of_residual,
                            cudnnTensorDescriptor_t residual_words, const void* residual,
                            cudnnTensorDescriptor_t bias_words, const void* bias,
                            cudnnActivationDescriptor_t activation_words, cudnnTensorDescriptor_t y_words,
                            void* y) {
  CHECK(*static_cast<const float*>(alpha) == 1);
  const auto& conv = see<ConvolutionWords>(words);
  const auto& activation = see<ActivationWords>(activation_words);
  const auto& of_bias = see<TensorWords>(bias_words);
  const ConvProblem p =
      problem_of(see<TensorWords>(x_words), see<FilterWords>(w_words), conv, see<TensorWords>(y_words));
  note(conv, algorithm, scratch, bytes);
  stand_in.bias = bias;
  CHECK(residual_words == y_words);
  CHECK(of_bias.n * of_bias.h * of_bias.w == 1);
  CHECK(of_bias.c == p.k);
  // Two rules of the library's.
  CHECK((activation.mode == CUDNN_ACTIVATION_RELU || activation.mode == CUDNN_ACTIVATION_IDENTITY));
  if (activation.mode == CUDNN_ACTIVATION_IDENTITY)
    CHECK(algorithm == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM);
  if (of_bias.type != CUDNN_DATA_FLOAT) return CUDNN_STATUS_SUCCESS;  // only pointed at
  const float scale = *static_cast<const float*>(of_residual);
  std::vector<float> added(y_shape(p).count());
  if (scale != 0) std::copy_n(static_cast<const float*>(residual), added.size(), added.begin());
  auto* values = static_cast<float*>(y);
  convolve(p, x, w, values);
  for (size_t i = 0; i < added.size(); ++i)
    values[i] = activate_as(activation,
                            values[i] + scale * added[i] + static_cast<const float*>(bias)[i % of_bias.c]);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t backward_data(cudnnHandle_t, const void*, cudnnFilterDescriptor_t w_words, const void* w,
                            cudnnTensorDescriptor_t dy_words, const void* dy,
                            cudnnConvolutionDescriptor_t words, cudnnConvolutionBwdDataAlgo_t algorithm,
                            void* scratch, size_t bytes, const void*, cudnnTensorDescriptor_t dx_words,
                            void* dx) {
  const auto& conv = see<ConvolutionWords>(words);
  const ConvProblem p =
      problem_of(see<TensorWords>(dx_words), see<FilterWords>(w_words), conv, see<TensorWords>(dy_words));
  note(conv, algorithm, scratch, bytes);
  auto* values = static_cast<float*>(dx);
  std::fill(values, values + x_shape(p).count(), 0.0f);
  for_each_product(p, [&](int64_t ix, int64_t iw, int64_t iy) {
    values[ix] += static_cast<const float*>(w)[iw] * static_cast<const float*>(dy)[iy];
  });
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t backward_weights(cudnnHandle_t, const void*, cudnnTensorDescriptor_t x_words, const void* x,
                               cudnnTensorDescriptor_t dy_words, const void* dy,
                               cudnnConvolutionDescriptor_t words, cudnnConvolutionBwdFilterAlgo_t algorithm,
                               void* scratch, size_t bytes, const void*, cudnnFilterDescriptor_t dw_words,
                               void* dw) {
  const auto& conv = see<ConvolutionWords>(words);
  const auto& filters = see<FilterWords>(dw_words);
  const ConvProblem p = problem_of(see<TensorWords>(x_words), filters, conv, see<TensorWords>(dy_words));
  note(conv, algorithm, scratch, bytes);
  stand_in.result = dw;
  if (filters.type != CUDNN_DATA_FLOAT) return CUDNN_STATUS_SUCCESS;
  auto* values = static_cast<float*>(dw);
  std::fill(values, values + w_shape(p).count(), 0.0f);
  for_each_product(p, [&](int64_t ix, int64_t iw, int64_t iy) {
    values[iw] += static_cast<const float*>(x)[ix] * static_cast<const float*>(dy)[iy];
  });
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t add_bias(cudnnHandle_t, const void*, cudnnTensorDescriptor_t bias_words, const void* bias,
                       const void* beta, cudnnTensorDescriptor_t y_words, void* y) {
  CHECK(*static_cast<const float*>(beta) == 1);
  const auto& to = see<TensorWords>(y_words);
  CHECK(see<TensorWords>(bias_words).c == to.c);
  for (int64_t i = 0; i < int64_t{to.n} * to.h * to.w * to.c; ++i)
    static_cast<float*>(y)[i] += static_cast<const float*>(bias)[i % to.c];
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t activate_all(cudnnHandle_t, cudnnActivationDescriptor_t words, const void*,
                           cudnnTensorDescriptor_t x_words, const void* x, const void*,
                           cudnnTensorDescriptor_t, void* y) {
  const auto& of = see<TensorWords>(x_words);
  for (int64_t i = 0; i < int64_t{of.n} * of.h * of.w * of.c; ++i)
    static_cast<float*>(y)[i] = activate_as(see<ActivationWords>(words), static_cast<const float*>(x)[i]);
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

void stand_in_for_the_gpu(cudnn::Api& api) {
  api.cudnnCreate = [](cudnnHandle_t* handle) { return ++stand_in.handles, make<int>(handle); };
  api.cudnnDestroy = [](cudnnHandle_t handle) { return --stand_in.handles, destroy<int>(handle); };
  api.cudnnSetStream = [](cudnnHandle_t, cudaStream_t) { return CUDNN_STATUS_SUCCESS; };
  api.cudnnGetErrorString = [](cudnnStatus_t) { return "stand-in"; };
  api.cudnnGetConvolutionForwardAlgorithm_v7 =
      [](cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
         cudnnTensorDescriptor_t, int most, int* count,
         Forward* found) { return give(stand_in.forward, most, count, found); };
  api.cudnnGetConvolutionBackwardDataAlgorithm_v7 =
      [](cudnnHandle_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
         cudnnTensorDescriptor_t, int most, int* count, cudnnConvolutionBwdDataAlgoPerf_t* found) {
        using Offer = cudnnConvolutionBwdDataAlgoPerf_t;
        return give<Offer>(
            {offer<Offer>(CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD),
             offer<Offer>(CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, CUDNN_FMA_MATH, CUDNN_NON_DETERMINISTIC),
             offer<Offer>(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1)},
            most, count, found);
      };
  api.cudnnGetConvolutionBackwardFilterAlgorithm_v7 =
      [](cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
         cudnnFilterDescriptor_t, int most, int* count, cudnnConvolutionBwdFilterAlgoPerf_t* found) {
        using Offer = cudnnConvolutionBwdFilterAlgoPerf_t;
        return give<Offer>({offer<Offer>(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT),
                            offer<Offer>(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1)},
                           most, count, found);
      };
  api.cudnnConvolutionForward = forward;
  api.cudnnConvolutionBiasActivationForward = forward_fused;
  api.cudnnConvolutionBackwardData = backward_data;
  api.cudnnConvolutionBackwardFilter = backward_weights;
  api.cudnnAddTensor = add_bias;
  api.cudnnActivationForward = activate_all;
  stand_in = {};
  stand_in.forward = {offer<Forward>(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)};
}

cudnn::Api stand_in_api() {
  cudnn::Api api;
  stand_in_for_the_gpu(api);
  api.cudnnCreateTensorDescriptor = [](cudnnTensorDescriptor_t* to) { return make<TensorWords>(to); };
  api.cudnnCreateFilterDescriptor = [](cudnnFilterDescriptor_t* to) { return make<FilterWords>(to); };
  api.cudnnCreateConvolutionDescriptor = [](cudnnConvolutionDescriptor_t* to) {
    return make<ConvolutionWords>(to);
  };
  api.cudnnCreateActivationDescriptor = [](cudnnActivationDescriptor_t* to) {
    return make<ActivationWords>(to);
  };
  api.cudnnDestroyTensorDescriptor = [](cudnnTensorDescriptor_t of) { return destroy<TensorWords>(of); };
  api.cudnnDestroyFilterDescriptor = [](cudnnFilterDescriptor_t of) { return destroy<FilterWords>(of); };
  api.cudnnDestroyConvolutionDescriptor = [](cudnnConvolutionDescriptor_t of) {
    return destroy<ConvolutionWords>(of);
  };
  api.cudnnDestroyActivationDescriptor = [](cudnnActivationDescriptor_t of) {
    return destroy<ActivationWords>(of);
  };
  api.cudnnSetTensor4dDescriptorEx = [](cudnnTensorDescriptor_t to, cudnnDataType_t type, int n, int c, int h,
                                        int w, int ns, int cs, int hs, int ws) {
    return set(to, TensorWords{type, n, c, h, w, ns, cs, hs, ws});
  };
  api.cudnnSetFilter4dDescriptor = [](cudnnFilterDescriptor_t to, cudnnDataType_t type,
                                      cudnnTensorFormat_t format, int k, int c, int h, int w) {
    return set(to, FilterWords{type, format, k, c, h, w});
  };
  api.cudnnSetConvolution2dDescriptor = [](cudnnConvolutionDescriptor_t to, int pad_h, int pad_w,
                                           int stride_h, int stride_w, int dilation_h, int dilation_w,
                                           cudnnConvolutionMode_t mode, cudnnDataType_t compute) {
    return set(to, ConvolutionWords{pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, mode, compute});
  };
  api.cudnnSetConvolutionGroupCount = [](cudnnConvolutionDescriptor_t to, int groups) {
    reinterpret_cast<ConvolutionWords*>(to)->groups = groups;
    return CUDNN_STATUS_SUCCESS;
  };
  api.cudnnSetConvolutionMathType = [](cudnnConvolutionDescriptor_t to, cudnnMathType_t math) {
    reinterpret_cast<ConvolutionWords*>(to)->math = math;
    return CUDNN_STATUS_SUCCESS;
  };
  api.cudnnSetActivationDescriptor = [](cudnnActivationDescriptor_t to, cudnnActivationMode_t mode,
                                        cudnnNanPropagation_t, double end) {
    return set(to, ActivationWords{mode, end});
  };
  return api;
}

}  // namespace graft::test
