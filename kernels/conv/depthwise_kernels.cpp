#include "kernels/conv/depthwise_kernels.h"
#include "kernels/launch_size.h"

namespace graft {

std::string refuse_depthwise_filter(const ConvProblem& p) {
  if (!p.depthwise()) return "the convolution is not depthwise";
  if (p.r != p.s || (p.r != 3 && p.r != 5)) return text("a filter of ", p.r, "x", p.s, " is not 3x3 or 5x5");
  if (p.stride_h != p.stride_w || p.stride_h > 2)
    return text("strides of ", p.stride_h, ",", p.stride_w, " are not 1,1 or 2,2");
  if (p.dilation_h != 1 || p.dilation_w != 1) return "the filter is dilated";
  return {};
}

std::string refuse_depthwise(const ConvProblem& p, const DeviceProperties& device) {
  constexpr int64_t most = (1 << 30);
  if (const std::string reason = refuse_depthwise_filter(p); !reason.empty()) return reason;
  if (p.c % 4 != 0) return text("its ", p.c, " channels are not a multiple of 4");
  // Pixels of all images, and elements of one, are counted in 32 bits.
  const int64_t padded = (p.h + p.pad_top + p.pad_bottom) * (p.w + p.pad_left + p.pad_right);
  for (const int64_t size : {p.n * padded, padded * p.c})
    if (size > most) return text("a size of ", size, " is beyond ", most);
  return refuse_other_than_float32<ConvForward>(p, device);
}

SplitSum depthwise_weights_split(const ConvProblem& p) {
  constexpr int64_t least_tiles = 32;  // two to four for each of a block's rows of threads
  const int64_t tiles =
      p.n * blocks_for(p.p(), depthwise_tile_rows) * blocks_for(p.q(), depthwise_tile_columns(p.stride_w));
  return SplitSum(tiles, blocks_for(p.c, depthwise_channels), least_tiles);
}

size_t conv_backward_weights_depthwise_scratch(const ConvProblem& p) {
  return depthwise_weights_split(p).scratch_bytes(p.c * (p.r * p.s + (p.bias ? 1 : 0)));
}

}  // namespace graft
