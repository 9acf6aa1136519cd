#include "kernels/gemm/dense.h"
#include "kernels/onednn_support.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::inner_product_forward;
using BackwardData = dnnl::inner_product_backward_data;
using BackwardWeights = dnnl::inner_product_backward_weights;

memory::desc x_of(const DenseProblem& p) { return matrix(p.n, p.inputs, p.dtype); }
memory::desc y_of(const DenseProblem& p) { return matrix(p.n, p.outputs, p.dtype); }
// As they lie: the library multiplies plain matrices as fast as its own layout, and rewriting a large one
// costs more than the product.
memory::desc w_of(const DenseProblem& p) { return matrix(p.outputs, p.inputs); }

Forward::primitive_desc hint(const DenseProblem& p) {
  return {Forward::desc(dnnl::prop_kind::forward_training, x_of(p), w_of(p), y_of(p)), attributes(),
          engine()};
}

// The library makes its kernels for products, megabytes of code, when the first one runs. That belongs to
// making a plan ready, whose memory is counted. (It has others for vectors and for the smallest matrices.)
void make_product_kernels() {
  static const bool made = [] {
    constexpr dnnl_dim_t size = 64;
    const std::vector<float> ones(size * size, 1);
    std::vector<float> product(ones.size());
    dnnl::error::wrap_c_api(dnnl_sgemm('N', 'N', size, size, size, 1, ones.data(), size, ones.data(), size, 0,
                                       product.data(), size),
                            "a first product");
    return true;
  }();
  static_cast<void>(made);
}

// As a matrix product: the library's inner product takes five times as long at 32 x 4096 -> 4096.
class DenseForwardOnednn : public Prepared<DenseForward> {
 public:
  static dnnl::matmul::primitive_desc descriptor(const DenseProblem& p) {
    if (!p.bias) return {dnnl::matmul::desc(x_of(p), across(p), y_of(p)), attributes(p.activation), engine()};
    return {dnnl::matmul::desc(x_of(p), across(p), matrix(1, p.outputs), y_of(p)), attributes(p.activation),
            engine()};
  }

  DenseForwardOnednn(const DenseProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<dnnl::matmul>(descriptor(problem))) {
    make_product_kernels();
  }

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }

  void run(const DenseForward::Args& args, const RunContext& context) override {
    const Operand x{DNNL_ARG_SRC, x_of(p_), args.x.data};
    const Operand w{DNNL_ARG_WEIGHTS, across(p_), args.w.data};
    const Operand y{DNNL_ARG_DST, y_of(p_), args.y.data};
    if (p_.bias)
      runner_.run({x, w, {DNNL_ARG_BIAS, matrix(1, p_.outputs), args.bias.as<float>()}, y}, context.scratch);
    else
      runner_.run({x, w, y}, context.scratch);
  }

 private:
  // The weights read as [inputs, outputs].
  static memory::desc across(const DenseProblem& p) {
    return {{p.inputs, p.outputs}, type_of(p.dtype), memory::format_tag::ba};
  }

  DenseProblem p_;
  Runner runner_;
};

class DenseBackwardDataOnednn : public Prepared<DenseBackwardData> {
 public:
  static BackwardData::primitive_desc descriptor(const DenseProblem& p) {
    return {BackwardData::desc(x_of(p), w_of(p), y_of(p)), attributes(), engine(), hint(p)};
  }

  DenseBackwardDataOnednn(const DenseProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<BackwardData>(descriptor(problem))) {
    make_product_kernels();
  }

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }

  void run(const DenseBackwardData::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_DIFF_DST, y_of(p_), args.dy.as<float>()},
                 {DNNL_ARG_WEIGHTS, w_of(p_), args.w.as<float>()},
                 {DNNL_ARG_DIFF_SRC, x_of(p_), args.dx.as<float>()}},
                context.scratch);
  }

 private:
  DenseProblem p_;
  Runner runner_;
};

class DenseBackwardWeightsOnednn : public Prepared<DenseBackwardWeights> {
 public:
  static BackwardWeights::primitive_desc descriptor(const DenseProblem& p) {
    if (!p.bias) return {BackwardWeights::desc(x_of(p), w_of(p), y_of(p)), attributes(), engine(), hint(p)};
    return {BackwardWeights::desc(x_of(p), w_of(p), vector(p.outputs), y_of(p)), attributes(), engine(),
            hint(p)};
  }

  DenseBackwardWeightsOnednn(const DenseProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<BackwardWeights>(descriptor(problem))) {
    make_product_kernels();
  }

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }

  void run(const DenseBackwardWeights::Args& args, const RunContext& context) override {
    const Operand x{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()};
    const Operand dy{DNNL_ARG_DIFF_DST, y_of(p_), args.dy.as<float>()};
    const Operand dw{DNNL_ARG_DIFF_WEIGHTS, w_of(p_), args.dw.as<float>()};
    if (p_.bias)
      runner_.run({x, dy, dw, {DNNL_ARG_DIFF_BIAS, vector(p_.outputs), args.dbias.as<float>()}},
                  context.scratch);
    else
      runner_.run({x, dy, dw}, context.scratch);
  }

 private:
  DenseProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<DenseForward> {
  using type = DenseForwardOnednn;
};
template <>
struct OnednnClass<DenseBackwardData> {
  using type = DenseBackwardDataOnednn;
};
template <>
struct OnednnClass<DenseBackwardWeights> {
  using type = DenseBackwardWeightsOnednn;
};

template struct Onednn<DenseForward, Math::fp32>;
template struct Onednn<DenseForward, Math::bf16>;
template struct Onednn<DenseBackwardData, Math::fp32>;
template struct Onednn<DenseBackwardWeights, Math::fp32>;

}  // namespace graft
