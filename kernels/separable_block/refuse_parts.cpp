#include "kernels/conv/depthwise_kernels.h"
#include "kernels/conv/thin_products.h"
#include "kernels/separable_block/hosts.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

namespace {

constexpr int64_t most_patch = 32;  // a line of an AMX tile

std::string refuse_expand(const ConvProblem& p) {
  if (thin::refuse_other_than_pixels(p).empty()) return {};
  if (p.r * p.s == 1 || p.groups != 1 || p.dilation_h != 1 || p.dilation_w != 1 || patch_size(p) > most_patch)
    return text("the first convolution reads neither single pixels nor patches of up to ", most_patch,
                " numbers");
  return {};
}

}  // namespace

std::string refuse_parts(const SeparableBlockProblem& p) {
  for (const ConvProblem* conv : {&p.expand, &p.depthwise, &p.project}) {
    if (!conv->constant_weights) return "its weights may change";
    if (conv->activation.kind > Activation::relu6) return "its loops know no activation but relu and relu6";
  }
  if (p.expand.wide_x || p.expand.wide_w || p.project.mixed())
    return "x, y and dense filters are of one type";
  if (p.project.y_slice) return "it writes no slices of wider pixels";
  if (p.expand.residual || p.depthwise.residual) return "a residual is added at its end alone";
  if (const std::string reason = refuse_expand(p.expand); !reason.empty()) return reason;
  if (const std::string reason = refuse_depthwise_filter(p.depthwise); !reason.empty()) return reason;
  return thin::refuse_other_than_pixels(p.project);
}

}  // namespace graft::separable_block
