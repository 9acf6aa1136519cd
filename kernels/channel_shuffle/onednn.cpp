#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/onednn_support.h"

namespace graft {
namespace {

using namespace onednn;
using Shuffle = dnnl::shuffle_forward;

memory::desc x_of(const ChannelShuffleProblem& p) { return nhwc(1, 1, p.rows, p.c, p.dtype); }

// The library's group is one of the channels that take turns, of which there are as many as a group has.
class ChannelShuffleOnednn : public Prepared<ChannelShuffle> {
 public:
  static Shuffle::primitive_desc descriptor(const ChannelShuffleProblem& p) {
    return {Shuffle::desc(dnnl::prop_kind::forward_inference, x_of(p), 1, static_cast<int>(p.groups)),
            engine(), attributes()};
  }

  ChannelShuffleOnednn(const ChannelShuffleProblem& problem, Device&)
      : p_(problem), runner_(Runner::of<Shuffle>(descriptor(problem))) {}

  size_t scratch_bytes() const override { return runner_.scratch_bytes(); }
  void run(const ChannelShuffle::Args& args, const RunContext& context) override {
    runner_.run({{DNNL_ARG_SRC, x_of(p_), args.x.as<float>()}, {DNNL_ARG_DST, x_of(p_), args.y.as<float>()}},
                context.scratch);
  }

 private:
  ChannelShuffleProblem p_;
  Runner runner_;
};

}  // namespace

template <>
struct OnednnClass<ChannelShuffle> {
  using type = ChannelShuffleOnednn;
};

template struct Onednn<ChannelShuffle, Math::fp32>;

}  // namespace graft
