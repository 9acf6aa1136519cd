#pragma once

#include "kernels/simt.h"

namespace graft::GRAFT_TARGET {

// One thread a result. partial: [parts, count]
inline GRAFT_KERNEL_BOUNDED(256) void add_parts_kernel(const float* partial, float* sums, int64_t parts,
                                                       int64_t count) {
  const int64_t i = int64_t{block_index().x} * 256 + thread_index().x;
  if (i >= count) return;
  double sum = 0;
  for (int64_t part = 0; part < parts; ++part) sum += static_cast<double>(partial[part * count + i]);
  sums[i] = static_cast<float>(sum);
}

inline void launch_add_parts(const float* partial, float* sums, int64_t parts, int64_t count,
                             Stream& stream) {
  launch("add_parts", add_parts_kernel, {blocks_for(count, 256)}, {256}, 0, stream, partial, sums, parts,
         count);
}

}  // namespace graft::GRAFT_TARGET
