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

template <class Op>
std::string refuse_cublas(const DenseProblem& p, const DeviceProperties&) {
  if constexpr (std::is_same_v<Op, DenseForward>) {
    if (p.activation != Activation::none && p.activation != Activation::relu)
      return text("cuBLASLt has no ", name_of(p.activation));
  }
  return {};
}

template <class Op>
struct CublasClass;
template <>
struct CublasClass<DenseForward> {
  using type = DenseForwardCublas;
};
template <>
struct CublasClass<DenseBackwardData> {
  using type = DenseBackwardDataCublas;
};
template <>
struct CublasClass<DenseBackwardWeights> {
  using type = DenseBackwardWeightsCublas;
};

}  // namespace

template <class Op>
std::unique_ptr<Prepared<Op>> prepare_cublas(const typename Op::Problem& problem, Math math, Device& device,
                                             const cublas::Api& api) {
  return std::make_unique<typename CublasClass<Op>::type>(problem, math, device, api);
}

template <class Op, Math math>
std::string Cublas<Op, math>::refuse(const typename Op::Problem& problem, const DeviceProperties& device) {
  const std::string missing = why_no_cublas();
  return missing.empty() ? refuse_other_math<math, Op, refuse_cublas<Op>>(problem, device) : missing;
}
template <class Op, Math math>
std::unique_ptr<Prepared<Op>> Cublas<Op, math>::prepare(const typename Op::Problem& problem, Device& device) {
  std::unique_ptr<Prepared<Op>> prepared;
  device.call([&] { prepared = prepare_cublas<Op>(problem, math, device, *cublas::api()); });
  return prepared;
}

#define GRAFT_CUBLAS_OP(Op)                                                                     \
  template struct Cublas<Op, Math::fp32>;                                                       \
  template struct Cublas<Op, Math::tf32>;                                                       \
  template struct Cublas<Op, Math::bf16>;                                                       \
  template std::unique_ptr<Prepared<Op>> prepare_cublas<Op>(const DenseProblem&, Math, Device&, \
                                                            const cublas::Api&);
GRAFT_CUBLAS_OP(DenseForward)
GRAFT_CUBLAS_OP(DenseBackwardData)
GRAFT_CUBLAS_OP(DenseBackwardWeights)
#undef GRAFT_CUBLAS_OP

}  // namespace graft
