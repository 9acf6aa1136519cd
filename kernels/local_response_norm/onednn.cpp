#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/onednn_support.h"

namespace graft {
namespace {

using namespace onednn;
using Forward = dnnl::lrn_forward;

memory::desc x_of(const LocalResponseNormProblem& p) { return nhwc(1, 1, p.rows, p.c, p.dtype); }

// Forward only: the library's backward pass wants a workspace that its forward pass has left.
class LocalResponseNormForwardOnednn : public Prepared<LocalResponseNormForward> {
 public:
  static std::string refuse_first(const LocalResponseNormProblem& p) {
    return p.size % 2 == 1 ? "" : text("oneDNN's windows have an odd number of channels, not ", p.size);
  }
  static Forward::primitive_desc descriptor(const LocalResponseNormProblem& p) {
    return {Forward::desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, x_of(p),
                          p.size, static_cast<float>(p.alpha), static_cast<float>(p.beta),
                          static_cast<float>(p.k)),
            attributes(), engine()};
  }

  LocalResponseNormForwardOnednn(const LocalResponseNormProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Forward>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const LocalResponseNormForward::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()}, {DNNL_ARG_DST, x_of(p_), args.y.as<float>()}},
                context.scratch);
  }

 private:
  LocalResponseNormProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<LocalResponseNormForward> {
  using type = LocalResponseNormForwardOnednn;
};

template struct Onednn<LocalResponseNormForward, Math::fp32>;

}  // namespace graft
