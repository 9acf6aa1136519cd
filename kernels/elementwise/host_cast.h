#pragma once

#include "engine/half.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"

namespace graft {

// The casts of host memory, by all threads of the one that computes for a device.
template <class From, class To, class Convert>
void cast_each(const From* from, int64_t count, To* to, const Convert& convert) {
  for_each_block(count, elements_per_block, [&](int64_t begin, int64_t end) {
    with_widest_vectors([&]() GRAFT_INLINE {
      for (int64_t i = begin; i < end; ++i) to[i] = convert(from[i]);
    });
  });
}

inline void narrow(const float* from, int64_t count, bfloat16* to) {
  cast_each(from, count, to, [](float value) GRAFT_INLINE { return to_bfloat16(value); });
}

inline void widen(const bfloat16* from, int64_t count, float* to) {
  cast_each(from, count, to, [](bfloat16 value) GRAFT_INLINE { return to_float(value); });
}

}  // namespace graft
