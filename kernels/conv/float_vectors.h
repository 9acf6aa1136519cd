#pragma once

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

template <int bytes, bool streams>
GRAFT_INLINE inline void store(const Floats<bytes>& value, float* to) {
  if constexpr (streams)
    store_streaming<bytes>(value, to);
  else
    vector_at<bytes>(to) = value;
}

}  // namespace graft
