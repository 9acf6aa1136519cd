#pragma once

#include "engine/check.h"
#include "engine/shape.h"

namespace graft {

// A tensor as rows of channels: [N,H,W,C] or [N,C].
inline int64_t channels_of(const Shape& shape) { return shape[shape.rank() - 1]; }
inline int64_t rows_of(const Shape& shape) {
  return channels_of(shape) ? shape.count() / channels_of(shape) : 0;
}

inline void check_channels(const char* layer, int64_t channels, const Shape& given) {
  GRAFT_CHECK((given.rank() == 4 || given.rank() == 2) && channels_of(given) == channels, shape, layer,
              " of ", channels, " channels was given ", given);
}

}  // namespace graft
