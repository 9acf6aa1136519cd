#pragma once

#include "kernels/gemm/epilogue.h"

namespace graft::GRAFT_TARGET {

// One thread a result: its parts in order, then the epilogue. partial: [parts, count]; rows of sums are
// `pitch` elements apart
template <class Element>
GRAFT_KERNEL_BOUNDED(256)
void add_parts_kernel(const float* partial, Result<Element> sums, int64_t parts, int64_t count, int columns,
                      int pitch, EpilogueOf<Element> epilogue) {
  const int64_t i = int64_t{block_index().x} * 256 + thread_index().x;
  if (i >= count) return;
  double sum = 0;
  for (int64_t part = 0; part < parts; ++part) sum += static_cast<double>(partial[part * count + i]);
  const int column = static_cast<int>(i % columns);
  const int64_t at = i / columns * pitch + column;
  sums.put(at, epilogue(static_cast<float>(sum), column, at));
}

// sums: [rows, columns], rows `pitch` elements apart
template <class Element>
void launch_add_parts(const float* partial, const Result<Element>& sums, int64_t parts, int64_t rows,
                      int64_t columns, int64_t pitch, const EpilogueOf<Element>& epilogue, Stream& stream) {
  launch("add_parts", add_parts_kernel<Element>, {blocks_for(rows * columns, 256)}, {256}, 0, stream, partial,
         sums, parts, rows * columns, static_cast<int>(columns), static_cast<int>(pitch), epilogue);
}
// Dense ones.
template <class Element>
void launch_add_parts(const float* partial, const Result<Element>& sums, int64_t parts, int64_t rows,
                      int64_t columns, const EpilogueOf<Element>& epilogue, Stream& stream) {
  launch_add_parts(partial, sums, parts, rows, columns, columns, epilogue, stream);
}
inline void launch_add_parts(const float* partial, float* sums, int64_t parts, int64_t rows, int64_t columns,
                             const Epilogue& epilogue, Stream& stream) {
  launch_add_parts(partial, Result<float>{sums, true}, parts, rows, columns, epilogue, stream);
}

}  // namespace graft::GRAFT_TARGET
