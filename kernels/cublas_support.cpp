#include "kernels/cublas_support.h"

namespace graft {

namespace {

bool find_all(SharedLibrary& file, cublas::Api& api) {
  bool complete = true;
#define GRAFT_FIND(name) complete = complete && file.find(#name, api.name);
  GRAFT_CUBLAS_FUNCTIONS(GRAFT_FIND)
#undef GRAFT_FIND
  return complete;
}

// Found once a process, when it is first asked for.
const VendorFunctions<cublas::Api>& library() {
  static const VendorFunctions<cublas::Api> found(text("libcublasLt.so.", CUBLAS_VER_MAJOR), find_all);
  return found;
}

}  // namespace

std::string why_no_cublas() { return library().why_not(); }

namespace cublas {

const Api* api() { return library().api(); }

void Api::check(cublasStatus_t status, const char* doing) const {
  GRAFT_CHECK(status == CUBLAS_STATUS_SUCCESS, device, "cuBLASLt: ", doing, " failed (cublasStatus_t ",
              static_cast<int>(status), ")");
}

namespace {

// As much as NVIDIA advises on Hopper; what is used of it is the algorithm's.
constexpr size_t most_scratch = size_t{32} << 20;

cudaDataType_t data_type(DType dtype) { return dtype == DType::bfloat16 ? CUDA_R_16BF : CUDA_R_32F; }

// Sums of bfloat16 products are float32 always.
cublasComputeType_t compute_type(Math math) {
  return math == Math::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
}

cublasLtEpilogue_t epilogue_of(bool bias, Activation activation) {
  if (activation == Activation::relu) return bias ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_RELU;
  return bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
}

}  // namespace

Product::Product(const Matrix& a, const Matrix& b, const Matrix& d, bool bias, Activation activation,
                 Math math, Device& device, const Api& api)
    : api_(api), handle_(device.shared<Handle>([&] { return std::make_shared<Handle>(api); })) {
  try {
    api.check(api.cublasLtMatmulDescCreate(&product_, compute_type(math), CUDA_R_32F),
              "describing a product");
    for (const auto& [layout, matrix] : {std::pair{&a_, &a}, {&b_, &b}, {&d_, &d}})
      api.check(api.cublasLtMatrixLayoutCreate(layout, data_type(matrix->dtype), matrix->rows,
                                               matrix->columns, matrix->rows),
                "describing a matrix");
    describe(bias, activation, a.transposed, b.transposed);
    choose_algorithm();
  } catch (...) {
    destroy();
    throw;
  }
}

Product::~Product() { destroy(); }

void Product::destroy() {
  for (const cublasLtMatrixLayout_t layout : {a_, b_, d_})
    if (layout) api_.cublasLtMatrixLayoutDestroy(layout);
  if (product_) api_.cublasLtMatmulDescDestroy(product_);
}

void Product::describe(bool bias, Activation activation, bool transpose_a, bool transpose_b) {
  const auto set = [this](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    api_.check(api_.cublasLtMatmulDescSetAttribute(product_, attribute, &value, sizeof value),
               "describing a product");
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(CUBLASLT_MATMUL_DESC_TRANSB, transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(bias, activation));
}

// The library's first guess. Parts of a long sum are added in an order, whichever of its schemes it takes.
void Product::choose_algorithm() {
  cublasLtMatmulPreference_t preference = nullptr;
  api_.check(api_.cublasLtMatmulPreferenceCreate(&preference), "asking for its algorithms");
  int found = 0;
  auto status = api_.cublasLtMatmulPreferenceSetAttribute(
      preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most_scratch, sizeof most_scratch);
  if (status == CUBLAS_STATUS_SUCCESS)
    status = api_.cublasLtMatmulAlgoGetHeuristic(handle_->get(), product_, a_, b_, d_, d_, preference, 1,
                                                 &chosen_, &found);
  api_.cublasLtMatmulPreferenceDestroy(preference);
  if (status != CUBLAS_STATUS_NOT_SUPPORTED) api_.check(status, "asking for its algorithms");
  GRAFT_CHECK(found == 1, device,
              "cuBLASLt has no algorithm for a product; leave it to graft's own, --provider own or --method");
  api_.check(chosen_.state, "asking for its algorithms");
}

void Product::run(const void* a, const void* b, const void* bias, void* d, const RunContext& context) const {
  constexpr float one = 1, zero = 0;
  if (bias)
    api_.check(
        api_.cublasLtMatmulDescSetAttribute(product_, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias),
        "describing a product");
  api_.check(api_.cublasLtMatmul(handle_->get(), product_, &one, a, a_, b, b_, &zero, d, d_, d, d_,
                                 &chosen_.algo, context.scratch, chosen_.workspaceSize,
                                 static_cast<CudaStream&>(context.stream).handle()),
             "a product");
}

}  // namespace cublas
}  // namespace graft
