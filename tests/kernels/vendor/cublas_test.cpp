#include <doctest/doctest.h>

#include <cstring>
#include <set>

#include "engine/device_factories.h"
#include "engine/float_elements.h"
#include "engine/stand_in_cuda.h"
#include "kernels/cublas_support.h"
#include "kernels/gemm/dense.h"
#include "support/compare.h"

// What cuBLASLt is asked for, by a stand-in that computes it as the documentation says: matrices column by
// column, in host memory. It is no GPU result; it shows that our rows, transposes and types say what they
// mean.
namespace graft::test {
namespace {

struct Layout {
  cudaDataType type;
  uint64_t rows, columns;
  int64_t leading;
};
struct Description {
  cublasComputeType_t compute;
  cublasOperation_t transpose_a = CUBLAS_OP_N, transpose_b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;
};

struct StandIn {
  std::set<const void*> live;
  int handles = 0, found = 1;
  size_t workspace = 48, offered = 0;
  const void* scratch = nullptr;
  cudaStream_t stream = nullptr;
  Description last{};
  cudaDataType bias_type{};
} stand_in;

template <class T, class Handle>
cublasStatus_t make(Handle* handle, T value) {
  T* made = new T(value);
  stand_in.live.insert(made);
  *handle = reinterpret_cast<Handle>(made);
  return CUBLAS_STATUS_SUCCESS;
}
template <class T>
cublasStatus_t destroy(const void* handle) {
  CHECK(stand_in.live.erase(handle) == 1);
  delete static_cast<const T*>(handle);
  return CUBLAS_STATUS_SUCCESS;
}
template <class T>
const T& see(const void* handle) {
  CHECK(stand_in.live.contains(handle));
  return *static_cast<const T*>(handle);
}

cublasStatus_t set_attribute(cublasLtMatmulDesc_t handle, cublasLtMatmulDescAttributes_t attribute,
                             const void* value, size_t bytes) {
  Description& to = *reinterpret_cast<Description*>(handle);
  const auto put = [&](auto& place) {
    CHECK(bytes == sizeof place);
    std::memcpy(&place, value, sizeof place);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA: return put(to.transpose_a);
    case CUBLASLT_MATMUL_DESC_TRANSB: return put(to.transpose_b);
    case CUBLASLT_MATMUL_DESC_EPILOGUE: return put(to.epilogue);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return put(to.bias);
    default: return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

DType type_of(cudaDataType type) { return type == CUDA_R_16BF ? DType::bfloat16 : DType::float32; }

// Of the matrix, or of its transpose.
struct Elements {
  Elements(const void* data, const Layout& layout, bool transposed)
      : values(layout.columns * layout.leading), leading(layout.leading), transposed(transposed) {
    to_floats(data, static_cast<int64_t>(values.size()), type_of(layout.type), values.data());
  }
  float operator()(uint64_t row, uint64_t column) const {
    return transposed ? values[column + row * leading] : values[row + column * leading];
  }
  std::vector<float> values;
  int64_t leading;
  bool transposed;
};

cublasStatus_t multiply(cublasLtHandle_t, cublasLtMatmulDesc_t description, const void* alpha, const void* a,
                        cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                        const void* beta, const void*, cublasLtMatrixLayout_t, void* d,
                        cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t*, void* scratch,
                        size_t scratch_bytes, cudaStream_t stream) {
  const Description& product = see<Description>(description);
  const Layout &of_a = see<Layout>(a_layout), &of_b = see<Layout>(b_layout), &of_d = see<Layout>(d_layout);
  CHECK(*static_cast<const float*>(alpha) == 1);
  CHECK(*static_cast<const float*>(beta) == 0);
  CHECK(scratch_bytes == stand_in.workspace);
  const bool across_a = product.transpose_a == CUBLAS_OP_T, across_b = product.transpose_b == CUBLAS_OP_T;
  const uint64_t terms = across_a ? of_a.rows : of_a.columns;
  CHECK((across_b ? of_b.columns : of_b.rows) == terms);
  CHECK((across_a ? of_a.columns : of_a.rows) == of_d.rows);
  CHECK((across_b ? of_b.rows : of_b.columns) == of_d.columns);
  const Elements left(a, of_a, across_a), right(b, of_b, across_b);
  const bool biased =
      product.epilogue == CUBLASLT_EPILOGUE_BIAS || product.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
  const bool positive =
      product.epilogue == CUBLASLT_EPILOGUE_RELU || product.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
  // The bias is of the results' type; the stand-in for CUDA runs no cast, so bfloat16 ones are only pointed
  // at.
  const auto* bias = biased && of_d.type == CUDA_R_32F ? static_cast<const float*>(product.bias) : nullptr;
  std::vector<float> result(of_d.rows * of_d.columns);
  for (uint64_t column = 0; column < of_d.columns; ++column)
    for (uint64_t row = 0; row < of_d.rows; ++row) {
      float sum = bias ? bias[row] : 0;
      for (uint64_t i = 0; i < terms; ++i) sum += left(row, i) * right(i, column);
      result[row + column * of_d.leading] = positive ? std::max(sum, 0.0f) : sum;
    }
  from_floats(result.data(), static_cast<int64_t>(result.size()), type_of(of_d.type), d);
  stand_in.scratch = scratch;
  stand_in.stream = stream;
  stand_in.last = product;
  return CUBLAS_STATUS_SUCCESS;
}

cublas::Api stand_in_api() {
  cublas::Api api;
  api.cublasLtCreate = [](cublasLtHandle_t* handle) { return ++stand_in.handles, make(handle, int{}); };
  api.cublasLtDestroy = [](cublasLtHandle_t handle) { return --stand_in.handles, destroy<int>(handle); };
  api.cublasLtMatmulDescCreate = [](cublasLtMatmulDesc_t* handle, cublasComputeType_t compute,
                                    cudaDataType scale) {
    CHECK(scale == CUDA_R_32F);
    return make(handle, Description{compute});
  };
  api.cublasLtMatmulDescDestroy = [](cublasLtMatmulDesc_t handle) { return destroy<Description>(handle); };
  api.cublasLtMatmulDescSetAttribute = set_attribute;
  api.cublasLtMatrixLayoutCreate = [](cublasLtMatrixLayout_t* handle, cudaDataType type, uint64_t rows,
                                      uint64_t columns, int64_t leading) {
    return make(handle, Layout{type, rows, columns, leading});
  };
  api.cublasLtMatrixLayoutDestroy = [](cublasLtMatrixLayout_t handle) { return destroy<Layout>(handle); };
  api.cublasLtMatmulPreferenceCreate = [](cublasLtMatmulPreference_t* handle) {
    return make(handle, size_t{});
  };
  api.cublasLtMatmulPreferenceDestroy = [](cublasLtMatmulPreference_t handle) {
    return destroy<size_t>(handle);
  };
  api.cublasLtMatmulPreferenceSetAttribute = [](cublasLtMatmulPreference_t,
                                                cublasLtMatmulPreferenceAttributes_t attribute,
                                                const void* value, size_t bytes) {
    CHECK(attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
    CHECK(bytes == sizeof stand_in.offered);
    std::memcpy(&stand_in.offered, value, sizeof stand_in.offered);
    return CUBLAS_STATUS_SUCCESS;
  };
  api.cublasLtMatmulAlgoGetHeuristic = [](cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                          cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                          cublasLtMatrixLayout_t, cublasLtMatmulPreference_t, int requested,
                                          cublasLtMatmulHeuristicResult_t* results, int* found) {
    CHECK(requested == 1);
    *found = stand_in.found;
    if (*found == 0) return CUBLAS_STATUS_NOT_SUPPORTED;
    results[0].state = CUBLAS_STATUS_SUCCESS;
    results[0].workspaceSize = stand_in.workspace;
    return CUBLAS_STATUS_SUCCESS;
  };
  api.cublasLtMatmul = multiply;
  return api;
}

// The op by the stand-in on operands of the problem's type; the first output's values.
template <class Op>
std::vector<double> run(const DenseProblem& p, Math math, Device& device, const cublas::Api& api,
                        std::initializer_list<std::pair<TensorView Op::Args::*, HostTensor>> tensors) {
  typename Op::Args args;
  std::vector<std::vector<std::byte>> memory;
  for (const auto& [member, tensor] : tensors) {
    const DType dtype = tensor.dtype == DType::float64 ? p.dtype : tensor.dtype;
    memory.push_back(encode(tensor.values, dtype));
    args.*member = view_of(memory.back().data(), tensor.shape, dtype);
  }
  const auto prepared = prepare_vendor<Op>(p, math, device, api);
  CHECK(prepared->scratch_bytes() >= stand_in.workspace);
  std::vector<std::byte> scratch(prepared->scratch_bytes());
  prepared->run(args, {device.stream(), scratch.data()});
  CHECK(stand_in.scratch == scratch.data());
  CHECK(stand_in.stream == static_cast<CudaStream&>(device.stream()).handle());
  return decode(memory[0], (args.*tensors.begin()->first).dtype);
}

TEST_CASE("cublas entries: what they ask for is the layer's product, in all three passes") {
  stand_in = {};
  const cublas::Api api = stand_in_api();
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  for (const Math math : {Math::fp32, Math::tf32, Math::bf16})
    for (DenseProblem p : {DenseProblem{3, 7, 5}, {1, 64, 10}, {9, 2, 31}})
      for (const bool with_bias : {false, true}) {
        p.dtype = dtype_of(math);
        p.math = math;
        p.bias = with_bias && math != Math::bf16;
        p.activation = with_bias ? Activation::relu : Activation::none;
        const HostTensor x = integers({p.n, p.inputs}, 3, 1), w = integers({p.outputs, p.inputs}, 3, 2),
                         dy = integers({p.n, p.outputs}, 3, 3);
        const HostTensor bias = of_type(integers({p.outputs}, 3, 4), DType::float32);
        std::vector<double> y(p.n * p.outputs), dx(p.n * p.inputs), dw(p.outputs * p.inputs);
        for (int64_t n = 0; n < p.n; ++n)
          for (int64_t k = 0; k < p.outputs; ++k) {
            double sum = p.bias ? bias.values[k] : 0;
            for (int64_t i = 0; i < p.inputs; ++i) {
              sum += x.values[n * p.inputs + i] * w.values[k * p.inputs + i];
              dx[n * p.inputs + i] += dy.values[n * p.outputs + k] * w.values[k * p.inputs + i];
              dw[k * p.inputs + i] += dy.values[n * p.outputs + k] * x.values[n * p.inputs + i];
            }
            y[n * p.outputs + k] = activate(p.activation, sum);
          }
        const std::string what = text(p, ' ', name_of(math));
        using F = DenseForward::Args;
        using D = DenseBackwardData::Args;
        using W = DenseBackwardWeights::Args;
        check_equal(run<DenseForward>(
                        p, math, *device, api,
                        {{&F::y, zeros(Shape{p.n, p.outputs})}, {&F::x, x}, {&F::w, w}, {&F::bias, bias}}),
                    y, what, Zeros::allowed);
        CHECK(stand_in.last.compute ==
              (math == Math::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F));
        check_equal(run<DenseBackwardData>(p, math, *device, api,
                                           {{&D::dx, zeros(Shape{p.n, p.inputs})}, {&D::dy, dy}, {&D::w, w}}),
                    dx, what, Zeros::allowed);
        const HostTensor sums = of_type(zeros({p.outputs, p.inputs}), DType::float32);
        check_equal(
            run<DenseBackwardWeights>(
                p, math, *device, api,
                {{&W::dw, sums}, {&W::x, x}, {&W::dy, dy}, {&W::dbias, of_type(bias, DType::float32)}}),
            dw, what, Zeros::allowed);
      }
  CHECK(stand_in.offered == size_t{32} << 20);
  CHECK(stand_in.live.empty());
  CHECK(stand_in.handles == 0);
}

TEST_CASE("cublas entries: a bfloat16 layer's bias is narrowed behind the library's scratch") {
  stand_in = {};
  const cublas::Api api = stand_in_api();
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  DenseProblem p{2, 8, 6};
  p.dtype = DType::bfloat16;
  p.bias = true;
  using F = DenseForward::Args;
  cuda.calls();
  run<DenseForward>(p, Math::bf16, *device, api,
                    {{&F::y, zeros(Shape{2, 6})},
                     {&F::x, integers({2, 8}, 3, 1)},
                     {&F::w, integers({6, 8}, 3, 2)},
                     {&F::bias, of_type(integers({6}, 3, 3), DType::float32)}});
  CHECK(stand_in.last.bias == static_cast<const std::byte*>(stand_in.scratch) + 256);
  const auto calls = cuda.calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].find("launch cast") == 0);
}

TEST_CASE("cublas entries: one handle a device, and an error where the library has no algorithm") {
  stand_in = {};
  const cublas::Api api = stand_in_api();
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  {
    const auto first = prepare_vendor<DenseForward>({2, 3, 4}, Math::fp32, *device, api);
    const auto second = prepare_vendor<DenseBackwardData>({2, 3, 4}, Math::fp32, *device, api);
    CHECK(stand_in.handles == 1);
  }
  CHECK(stand_in.handles == 0);
  stand_in.found = 0;
  CHECK_THROWS_AS(prepare_vendor<DenseForward>({2, 3, 4}, Math::fp32, *device, api), Error);
  CHECK(stand_in.live.empty());
}

}  // namespace
}  // namespace graft::test
