#include "layers/window.h"

#include <algorithm>

namespace graft {

Padding resolve(const Padding& padding, int64_t h, int64_t w, int64_t extent_h, int64_t extent_w,
                int64_t stride_h, int64_t stride_w) {
  if (!padding.same) return padding;
  const auto total = [](int64_t size, int64_t extent, int64_t stride) {
    const int64_t outputs = (size + stride - 1) / stride;
    return std::max<int64_t>((outputs - 1) * stride + extent - size, 0);
  };
  const int64_t rows = total(h, extent_h, stride_h), columns = total(w, extent_w, stride_w);
  return {false, rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

void add_padding(Attributes& attributes, const Padding& padding) {
  if (padding.same) {
    attributes.emplace_back("padding", "same");
    return;
  }
  attributes.emplace_back("pad_top", padding.top);
  attributes.emplace_back("pad_left", padding.left);
  attributes.emplace_back("pad_bottom", padding.bottom);
  attributes.emplace_back("pad_right", padding.right);
}

}  // namespace graft
