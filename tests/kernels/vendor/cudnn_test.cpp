#include <set>

#include "engine/device_factories.h"
#include "engine/stand_in_cuda.h"
#include "kernels/conv_cases.h"
#include "kernels/cudnn_support.h"
#include "kernels/shared_library.h"

// What cuDNN is asked for, by a stand-in that computes it as the documentation says, in host memory. It is no
// GPU result; it shows that our shapes, pads, strides, groups and epilogues say what they mean.
namespace graft::test {
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

struct StandIn {
  std::set<const void*> live;
  int handles = 0;
  std::vector<cudnnConvolutionFwdAlgoPerf_t> forward;
  int algorithm = -1;
  cudnnMathType_t math{};
  const void *scratch = nullptr, *bias = nullptr, *result = nullptr;
  size_t scratch_bytes = 0;
} stand_in;

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

constexpr size_t workspace = 80;

template <class Found, class Algorithm>
Found offer(Algorithm algorithm, cudnnMathType_t math = CUDNN_FMA_MATH,
            cudnnDeterminism_t determinism = CUDNN_DETERMINISTIC) {
  Found found{};
  found.algo = algorithm;
  found.status = CUDNN_STATUS_SUCCESS;
  found.memory = workspace;
  found.determinism = determinism;
  found.mathType = math;
  return found;
}

using Forward = cudnnConvolutionFwdAlgoPerf_t;

template <class Found>
cudnnStatus_t give(const std::vector<Found>& offers, int most, int* count, Found* found) {
  CHECK(most >= static_cast<int>(offers.size()));
  std::copy(offers.begin(), offers.end(), found);
  *count = static_cast<int>(offers.size());
  return CUDNN_STATUS_SUCCESS;
}

// Everything that needs a GPU.
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

// A test's tensors in host memory, of the problem's type, or float32 where the op says so.
template <class Op>
struct Operands {
  Operands(const OpCase<Op>& test, DType dtype) {
    const auto place = [&](const auto& list) {
      for (const auto& [member, tensor] : list) {
        const DType type = tensor.dtype == DType::float64 ? dtype : tensor.dtype;
        memory.push_back(encode(tensor.values, type));
        args.*member = view_of(memory.back().data(), tensor.shape, type);
      }
    };
    memory.reserve(8);
    place(test.outputs);
    place(test.inputs);
  }
  std::vector<std::vector<std::byte>> memory;
  typename Op::Args args;
};

template <class Op>
std::vector<double> run(const OpCase<Op>& test, Device& device, const cudnn::Api& api) {
  Operands<Op> operands(test, test.problem.dtype);
  const auto prepared = prepare_vendor<Op>(test.problem, test.problem.math, device, api);
  CHECK(prepared->scratch_bytes() >= workspace);
  std::vector<std::byte> scratch(prepared->scratch_bytes());
  prepared->run(operands.args, {device.stream(), scratch.data()});
  CHECK(stand_in.scratch == scratch.data());
  CHECK(stand_in.scratch_bytes == workspace);
  return decode(operands.memory[0], DType::float32);
}

template <class Op>
std::string refused(const ConvProblem& p) {
  return refuse_vendor<Op>(p, {});
}

TEST_CASE("cudnn entries: what they ask for is the convolution, in all three passes") {
  const cudnn::Api api = stand_in_api();
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  int passes = 0;
  std::vector<ConvProblem> problems = conv_problems();
  problems.push_back({.n = 2, .h = 11, .w = 9, .c = 4, .k = 6, .r = 3, .s = 5, .stride_h = 1, .stride_w = 2});
  problems.back().pad_top = problems.back().pad_bottom = 2;
  problems.back().pad_left = problems.back().pad_right = 1;
  problems.back().dilation_h = 2;
  for (ConvProblem p : problems) {
    const HostTensor x = integers(x_shape(p), 3, 1), w = integers(w_shape(p), 3, 2),
                     dy = integers(y_shape(p), 3, 3);
    if (p.pad_top != p.pad_bottom || p.pad_left != p.pad_right) {
      CHECK(refused<ConvForward>(p) == "cuDNN pads both sides alike");
      CHECK(refused<ConvBackwardData>(p) == "cuDNN pads both sides alike");
      CHECK(refused<ConvBackwardWeights>(p) == "cuDNN pads both sides alike");
      continue;
    }
    const auto same = [&](const auto& test) {
      check_equal(run(test, *device, api), run_reference(test).tensors[0], text(p), Zeros::allowed);
      ++passes;
    };
    same(forward_case(p, x, w, {}, {}));
    same(backward_data_case(p, dy, w));
    CHECK(stand_in.algorithm == CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
    same(backward_weights_case(p, x, dy));
    CHECK(stand_in.algorithm == CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1);
    const HostTensor bias = integers({p.k}, 5, 4), residual = integers(y_shape(p), 5, 5);
    p.bias = true;
    for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6}) {
      p.activation = activation;
      same(forward_case(p, x, w, bias, {}));
      if (activation == Activation::relu6) continue;
      p.residual = true;
      same(forward_case(p, x, w, bias, residual));
      p.residual = false;
    }
  }
  CHECK(passes > 100);
  CHECK(stand_in.live.empty());
  CHECK(stand_in.handles == 0);
}

TEST_CASE(
    "cudnn entries: the algorithm is the first with exact sums in a fixed order and the problem's math") {
  const cudnn::Api api = stand_in_api();
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  ConvProblem p = square_conv(1, 5, 8, 8, 3, 1, 1);
  const HostTensor x = integers(x_shape(p), 3, 1), w = integers(w_shape(p), 3, 2);
  const auto chosen = [&](Math math) {
    p.math = math;
    run(forward_case(p, x, w, {}, {}), *device, api);
    return stand_in.algorithm;
  };
  stand_in.forward = {
      offer<Forward>(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED),
      offer<Forward>(CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING),
      offer<Forward>(CUDNN_CONVOLUTION_FWD_ALGO_GEMM, CUDNN_FMA_MATH, CUDNN_NON_DETERMINISTIC),
      offer<Forward>(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, CUDNN_TENSOR_OP_MATH),
      offer<Forward>(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM)};
  CHECK(chosen(Math::fp32) == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM);
  CHECK(stand_in.math == CUDNN_FMA_MATH);
  CHECK(chosen(Math::tf32) == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM);
  CHECK(stand_in.math == CUDNN_TENSOR_OP_MATH);
  stand_in.forward.resize(3);
  CHECK_THROWS_WITH_AS(chosen(Math::fp32), doctest::Contains("exact sums"), Error);
  CHECK(stand_in.live.empty());
}

TEST_CASE("cudnn entries: bfloat16 biases are narrowed before, gradients of filters widened after") {
  const cudnn::Api api = stand_in_api();
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  ConvProblem p = square_conv(1, 5, 8, 8, 3, 1, 1);
  p.dtype = DType::bfloat16;
  p.math = Math::bf16;
  p.bias = true;
  p.activation = Activation::relu;
  const HostTensor x = integers(x_shape(p), 3, 1), w = integers(w_shape(p), 3, 2),
                   dy = integers(y_shape(p), 3, 3), bias = of_type(integers({p.k}, 3, 4), DType::float32);
  cuda.calls();
  const auto first_call = [&] {
    const auto calls = cuda.calls();
    return calls.empty() ? "none" : calls[0];
  };
  run(forward_case(p, x, w, bias, {}), *device, api);
  CHECK(stand_in.bias == static_cast<const std::byte*>(stand_in.scratch) + 256);
  CHECK(first_call().find("launch cast") == 0);
  OpCase<ConvBackwardWeights> test = backward_weights_case(p, x, dy);
  for (auto& [member, tensor] : test.outputs) tensor.dtype = DType::float32;
  run(test, *device, api);
  CHECK(stand_in.result == static_cast<const std::byte*>(stand_in.scratch) + 256);
  CHECK(first_call().find("launch cast") == 0);
}

TEST_CASE("cudnn entries: what the library has not is refused with its reason") {
  ConvProblem p = square_conv(1, 5, 8, 8, 3, 1, 1);
  CHECK(refused<ConvForward>(p).empty());
  p.residual = true;
  CHECK(refused<ConvForward>(p).find("residual only with a bias") != std::string::npos);
  p.bias = true;
  CHECK(refused<ConvForward>(p).empty());
  p.activation = Activation::relu6;
  CHECK(refused<ConvForward>(p).find("before a ReLU") != std::string::npos);
  p.residual = false;
  CHECK(refused<ConvForward>(p).empty());
  p.activation = Activation::hard_swish;
  CHECK(refused<ConvForward>(p).find("hard_swish") != std::string::npos);
  p = square_conv(1 << 12, 1 << 10, 8, 8, 1);
  CHECK(refused<ConvBackwardData>(p).find("beyond cuDNN's counts") != std::string::npos);
}

// The library itself describes convolutions without a GPU.
TEST_CASE("cudnn entries: the library takes our descriptions and counts the same outputs") {
  const cudnn::Api* found = cudnn::api();
  if (!found) {
    MESSAGE("skipped: ", why_no_cudnn());
    return;
  }
  SharedLibrary library(text("libcudnn.so.", CUDNN_MAJOR));
  static decltype(&::cudnnGetConvolution2dForwardOutputDim) output_size;
  static const ConvProblem* told;
  static int sizes;
  REQUIRE(library.find("cudnnGetConvolution2dForwardOutputDim", output_size));
  cudnn::Api api = *found;
  stand_in_for_the_gpu(api);
  api.cudnnGetConvolutionForwardAlgorithm_v7 =
      [](cudnnHandle_t, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w,
         cudnnConvolutionDescriptor_t conv, cudnnTensorDescriptor_t, int most, int* count, Forward* offers) {
        int n = 0, c = 0, h = 0, width = 0;
        CHECK(output_size(conv, x, w, &n, &c, &h, &width) == CUDNN_STATUS_SUCCESS);
        CHECK(n == told->n);
        CHECK(c == told->k);
        CHECK(h == told->p());
        CHECK(width == told->q());
        ++sizes;
        return give(stand_in.forward, most, count, offers);
      };
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  for (ConvProblem p : conv_problems()) {
    if (!refused<ConvForward>(p).empty()) continue;
    told = &p;
    prepare_vendor<ConvForward>(p, Math::fp32, *device, api);
    p.dtype = DType::bfloat16;
    prepare_vendor<ConvForward>(p, Math::bf16, *device, api);
  }
  CHECK(sizes > 30);
}

}  // namespace
}  // namespace graft::test
