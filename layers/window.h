#pragma once

#include "layers/conv.h"

namespace graft {

// SAME resolved for one input: the four counts of padding. TensorFlow's rule: as many outputs as ceil(size /
// stride).
Padding resolve(const Padding& padding, int64_t h, int64_t w, int64_t extent_h, int64_t extent_w,
                int64_t stride_h, int64_t stride_w);

void add_padding(Attributes& attributes, const Padding& padding);

}  // namespace graft
