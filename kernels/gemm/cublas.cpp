#include <algorithm>

#include "kernels/cublas_support.h"
#include "kernels/gemm/bias_sums.h"
#include "kernels/gemm/dense.h"
#include "kernels/narrowed_bias.h"

// Dense layers on the vendor's products. The library reads a row-major [rows, columns] as a matrix of as many
// rows as there are columns, so that y = x w^T becomes y^T = w x^T.
namespace graft {
namespace {

using cublas::Matrix;
using cublas::Product;

Matrix rows_of(int64_t rows, int64_t columns, DType dtype) { return {dtype, columns, rows}; }
Matrix transposed(Matrix matrix) {
  matrix.transposed = true;
  return matrix;
}

class DenseForwardCublas final : public Prepared<DenseForward> {
 public:
  DenseForwardCublas(const DenseProblem& p, Math math, Device& device, const cublas::Api& api)
      : has_bias_(p.bias),
        narrowed_(p.bias, p.outputs, p.dtype),
        product_(transposed(rows_of(p.outputs, p.inputs, p.dtype)), rows_of(p.n, p.inputs, p.dtype),
                 rows_of(p.n, p.outputs, p.dtype), p.bias, p.activation, math, device, api) {}
  size_t scratch_bytes() const override { return narrowed_.scratch_bytes(product_.scratch_bytes()); }
  void run(const DenseForward::Args& args, const RunContext& context) override {
    const void* bias = has_bias_ ? narrowed_.of(args.bias, product_.scratch_bytes(), context) : nullptr;
    product_.run(args.w.data, args.x.data, bias, args.y.data, context);
  }

 private:
  const bool has_bias_;
  const NarrowedBias narrowed_;
  const Product product_;
};

class DenseBackwardDataCublas final : public Prepared<DenseBackwardData> {
 public:
  DenseBackwardDataCublas(const DenseProblem& p, Math math, Device& device, const cublas::Api& api)
      : product_(rows_of(p.outputs, p.inputs, p.dtype), rows_of(p.n, p.outputs, p.dtype),
                 rows_of(p.n, p.inputs, p.dtype), false, Activation::none, math, device, api) {}
  size_t scratch_bytes() const override { return product_.scratch_bytes(); }
  void run(const DenseBackwardData::Args& args, const RunContext& context) override {
    product_.run(args.w.data, args.dy.data, nullptr, args.dx.data, context);
  }

 private:
  const Product product_;
};

class DenseBackwardWeightsCublas final : public Prepared<DenseBackwardWeights> {
 public:
  DenseBackwardWeightsCublas(const DenseProblem& p, Math math, Device& device, const cublas::Api& api)
      : p_(p),
        product_(rows_of(p.n, p.inputs, p.dtype), transposed(rows_of(p.n, p.outputs, p.dtype)),
                 rows_of(p.outputs, p.inputs, DType::float32), false, Activation::none, math, device, api) {}
  size_t scratch_bytes() const override {
    return std::max(product_.scratch_bytes(), p_.bias ? bias_sums_scratch(p_.n, p_.outputs) : 0);
  }
  void run(const DenseBackwardWeights::Args& args, const RunContext& context) override {
    product_.run(args.x.data, args.dy.data, nullptr, args.dw.data, context);
    if (p_.bias) cuda::bias_sums(args.dy, p_.n, p_.outputs, args.dbias, context);
  }

 private:
  const DenseProblem p_;
  const Product product_;
};

}  // namespace

template <>
std::string refuse_vendor<DenseForward>(const DenseProblem& p, const DeviceProperties&) {
  if (p.activation == Activation::none || p.activation == Activation::relu) return {};
  return text("cuBLASLt has no ", name_of(p.activation));
}
template <>
std::string refuse_vendor<DenseBackwardData>(const DenseProblem&, const DeviceProperties&) {
  return {};
}
template <>
std::string refuse_vendor<DenseBackwardWeights>(const DenseProblem&, const DeviceProperties&) {
  return {};
}

template <>
std::unique_ptr<Prepared<DenseForward>> prepare_vendor(const DenseProblem& problem, Math math, Device& device,
                                                       const cublas::Api& api) {
  return std::make_unique<DenseForwardCublas>(problem, math, device, api);
}
template <>
std::unique_ptr<Prepared<DenseBackwardData>> prepare_vendor(const DenseProblem& problem, Math math,
                                                            Device& device, const cublas::Api& api) {
  return std::make_unique<DenseBackwardDataCublas>(problem, math, device, api);
}
template <>
std::unique_ptr<Prepared<DenseBackwardWeights>> prepare_vendor(const DenseProblem& problem, Math math,
                                                               Device& device, const cublas::Api& api) {
  return std::make_unique<DenseBackwardWeightsCublas>(problem, math, device, api);
}

GRAFT_VENDOR_OP(Cublas, DenseForward)
GRAFT_VENDOR_OP(Cublas, DenseBackwardData)
GRAFT_VENDOR_OP(Cublas, DenseBackwardWeights)

}  // namespace graft
