#pragma once

#include <cstdint>

#include "kernels/host_vectors.h"

namespace graft {

template <int bytes>
using Floats = typename HostVector<float, bytes>::type;
template <int bytes>
constexpr int64_t lanes = bytes / static_cast<int64_t>(sizeof(float));

template <int bytes>
GRAFT_INLINE inline Floats<bytes>& vector_at(float* from) {
  return *reinterpret_cast<Floats<bytes>*>(from);
}
template <int bytes>
GRAFT_INLINE inline const Floats<bytes>& vector_at(const float* from) {
  return *reinterpret_cast<const Floats<bytes>*>(from);
}

// Lines of memory that are wanted soon, one after the other. Of pixels that are gone through side by side, or
// some channels each, the processor foresees nothing.
struct Soon {
  const float* next;

  // One line, and with it the next `elements`.
  GRAFT_INLINE void fetch(int64_t elements = 16) {
    __builtin_prefetch(next, 0, 2);
    next += elements;
  }
};

template <int bytes, bool streams>
GRAFT_INLINE inline void store(const Floats<bytes>& value, float* to) {
  if constexpr (streams)
    store_streaming<bytes>(value, to);
  else
    vector_at<bytes>(to) = value;
}

}  // namespace graft
