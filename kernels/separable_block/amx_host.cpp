#include "kernels/separable_block/amx_host.h"

#include "kernels/conv/depthwise_kernels.h"
#include "kernels/conv/thin_products.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"
#include "kernels/separable_block/depthwise.h"
#include "kernels/separable_block/packed_weights.h"
#include "kernels/separable_block/projection.h"

namespace graft {
namespace {

using namespace separable_block;

class SeparableBlockAmx : public Prepared<SeparableBlock> {
 public:
  SeparableBlockAmx(const SeparableBlockProblem& problem, Device& device)
      : p_(problem),
        device_(device),
        strips_(problem, 2 * device.properties().threads),
        pieces_(std::min<int64_t>(device.properties().threads, strips_.count())),
        weights_(problem) {}

  size_t scratch_bytes() const override { return pieces_ * strips_.bytes(); }
  size_t kept_bytes() const override { return weights_.bytes(); }

  bool keep_constants(const SeparableBlock::Args& args, const RunContext&) override {
    kept_ = Buffer(device_, weights_.bytes());
    weights_.pack(args, kept_.data());
    return true;
  }

  void run(const SeparableBlock::Args& args, const RunContext& context) override {
    for_each_index(pieces_, [&](int64_t piece) {
      std::byte* memory = static_cast<std::byte*>(context.scratch) + piece * strips_.bytes();
      with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
        const int64_t begin = strips_.count() * piece / pieces_,
                      end = strips_.count() * (piece + 1) / pieces_;
        if constexpr (bytes == 64)
          for (int64_t i = begin; i < end; ++i) run(strips_.strip(i), args, memory);
      });
    });
  }

 private:
  GRAFT_INLINE void run(const Strip& strip, const SeparableBlock::Args& args, std::byte* memory) const {
    auto* expanded = reinterpret_cast<float*>(memory);
    auto* pixels = reinterpret_cast<bfloat16*>(expanded + strips_.expanded_size());
    bfloat16* convolved = pixels + strips_.input_size();
    Inputs(strips_, strip, args.x.as<bfloat16>()).copy(pixels);
    const ConvProblem& p = p_.depthwise;
    const auto fill = [&]<int size, int stride>()
                          GRAFT_INLINE { convolve<size, stride>(strip, pixels, expanded, convolved); };
    if (p.r == 3)
      p.stride_h == 1 ? fill.template operator()<3, 1>() : fill.template operator()<3, 2>();
    else
      p.stride_h == 1 ? fill.template operator()<5, 1>() : fill.template operator()<5, 2>();
    const int64_t first = (strip.image * p.p() + strip.first_row) * p.q() * p_.project.k;
    project(strips_, strip, convolved, weights_.project(),
            {.y = args.y.as<bfloat16>() + first,
             .residual = p_.project.residual ? args.residual.as<bfloat16>() + first : nullptr,
             .bias = weights_.project_bias(),
             .channels = p_.project.k,
             .bounds = ActivationBounds(p_.project.activation)});
  }

  // The strip behind the depthwise convolution, block by block of the channels.
  template <int size, int stride>
  GRAFT_INLINE void convolve(const Strip& strip, const bfloat16* pixels, float* expanded,
                             bfloat16* convolved) const {
    const ActivationBounds bounds(p_.depthwise.activation);
    const int64_t row_size = p_.depthwise.q() * strips_.convolved_pitch;
    ExpandedRows rows(strips_, strip, ActivationBounds(p_.expand.activation), pixels, expanded);
    const amx::TileShapes shapes(rows.tile_rows());
    for (int64_t c = 0; c < p_.expand.k; c += block) {
      rows.begin_block(weights_.expand(c), weights_.depths(), weights_.expand_bias(c));
      for (int64_t row = 0; row < strip.rows; ++row) {
        rows.reach(row * stride + size - 1);
        convolve_row<size, stride>(strips_, rows, row, weights_.depthwise(c), bounds,
                                   convolved + row * row_size + c);
      }
    }
  }

  SeparableBlockProblem p_;
  Device& device_;
  Strips strips_;
  int64_t pieces_;  // each goes through its strips in memory of its own
  PackedWeights weights_;
  Buffer kept_;
};

std::string refuse_expand(const ConvProblem& p) {
  if (thin::refuse_other_than_pixels(p).empty()) return {};
  if (p.groups != 1 || p.dilation_h != 1 || p.dilation_w != 1 || patch_size(p) > line)
    return text("the first convolution reads neither single pixels nor patches of up to ", line, " numbers");
  return {};
}

std::string refuse_parts(const SeparableBlockProblem& p) {
  for (const ConvProblem* conv : {&p.expand, &p.depthwise, &p.project}) {
    if (!conv->constant_weights) return "its weights may change";
    if (conv->activation.kind > Activation::relu6) return "its loops know no activation but relu and relu6";
  }
  if (p.expand.wide_x || p.expand.wide_w || p.project.mixed()) return "x, y and dense filters are bfloat16";
  if (p.project.y_slice) return "it writes no slices of wider pixels";
  if (p.expand.residual || p.depthwise.residual) return "a residual is added at its end alone";
  if (const std::string reason = refuse_expand(p.expand); !reason.empty()) return reason;
  if (const std::string reason = refuse_depthwise_filter(p.depthwise); !reason.empty()) return reason;
  return thin::refuse_other_than_pixels(p.project);
}

}  // namespace

std::string refuse_separable_block_amx(const SeparableBlockProblem& p, const DeviceProperties& device) {
  if (const std::string reason = amx::why_unavailable(); !reason.empty()) return reason;
  if (widest_vector_bytes() != 64 || !host_vectors::rounds_to_bfloat16)
    return "this processor has no AVX-512 BF16";
  if (const std::string reason = refuse_parts(p); !reason.empty()) return reason;
  return refuse_other_types<SeparableBlock, bfloat16>(p, device);
}

std::unique_ptr<Prepared<SeparableBlock>> prepare_separable_block_amx(const SeparableBlockProblem& problem,
                                                                      Device& device) {
  return std::make_unique<SeparableBlockAmx>(problem, device);
}

}  // namespace graft
