#pragma once

#include <cublasLt.h>

#include "engine/check.h"
#include "engine/cuda_device.h"
#include "kernels/activation/activation.h"
#include "kernels/vendor_support.h"

// All of cuBLASLt's interface. Only the cublas.cpp files and their tests include this.
namespace graft::cublas {

// clang-format off
#define GRAFT_CUBLAS_FUNCTIONS(each) \
  each(cublasLtCreate) each(cublasLtDestroy) each(cublasLtMatmulDescCreate) \
  each(cublasLtMatmulDescDestroy) each(cublasLtMatmulDescSetAttribute) each(cublasLtMatrixLayoutCreate) \
  each(cublasLtMatrixLayoutDestroy) each(cublasLtMatmulPreferenceCreate) \
  each(cublasLtMatmulPreferenceDestroy) each(cublasLtMatmulPreferenceSetAttribute) \
  each(cublasLtMatmulAlgoGetHeuristic) each(cublasLtMatmul)
// clang-format on

// The library's functions, found while the program runs. Tests put their own in their place.
struct Api {
#define GRAFT_MEMBER(name) decltype(&::name) name = nullptr;
  GRAFT_CUBLAS_FUNCTIONS(GRAFT_MEMBER)
#undef GRAFT_MEMBER

  void check(cublasStatus_t status, const char* doing) const;
};

// Null where the library is not found; why_no_cublas() says why.
const Api* api();

// Made once for a device, shared by all that it prepares, and gone with the last of them.
class Handle {
 public:
  explicit Handle(const Api& api) : api(api) {
    api.check(api.cublasLtCreate(&handle_), "starting the library");
  }
  ~Handle() { api.cublasLtDestroy(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  cublasLtHandle_t get() const { return handle_; }

  const Api& api;

 private:
  cublasLtHandle_t handle_ = nullptr;
};

// A matrix as the library sees it, column by column: what lies there row by row is its transpose.
struct Matrix {
  DType dtype;
  int64_t rows, columns;    // each column is dense, and the next follows it
  bool transposed = false;  // the product takes its transpose
};

// d = activation(op(a) op(b) + bias), bias one number a row of d, or none.
class Product {
 public:
  Product(const Matrix& a, const Matrix& b, const Matrix& d, bool bias, Activation activation, Math math,
          Device& device, const Api& api);
  ~Product();
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  size_t scratch_bytes() const { return chosen_.workspaceSize; }
  void run(const void* a, const void* b, const void* bias, void* d, const RunContext& context) const;

 private:
  void describe(bool bias, Activation activation, bool transpose_a, bool transpose_b);
  void choose_algorithm();
  void destroy();

  const Api& api_;
  const std::shared_ptr<Handle> handle_;
  cublasLtMatmulDesc_t product_ = nullptr;
  cublasLtMatrixLayout_t a_ = nullptr, b_ = nullptr, d_ = nullptr;
  cublasLtMatmulHeuristicResult_t chosen_{};
};

}  // namespace graft::cublas

namespace graft {

struct Cublas {
  static std::string why_not() { return why_no_cublas(); }
  static const cublas::Api* api() { return cublas::api(); }
};

}  // namespace graft
