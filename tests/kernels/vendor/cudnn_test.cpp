#include "engine/device_factories.h"
#include "engine/stand_in_cuda.h"
#include "kernels/shared_library.h"
#include "kernels/vendor/cudnn_stand_in.h"

namespace graft::test {
namespace {

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
