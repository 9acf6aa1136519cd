#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace graft {

// A long sum with few results is cut into parts that are added in order afterwards. Where it is cut depends
// on the problem alone, so the same bits come every time.
struct SplitSum {
  // `blocks`: how many a launch without a cut would have; `least`: the shortest part worth a block.
  SplitSum(int64_t length, int64_t blocks, int64_t least) {
    const int64_t wanted = std::clamp<int64_t>(512 / std::max<int64_t>(blocks, 1), 1, 256);
    parts = std::clamp<int64_t>(length / least, 1, wanted);
    length_of_part = (length + parts - 1) / parts;
  }
  int64_t parts, length_of_part;

  // For `results` floats of every part; none where there is one part.
  size_t scratch_bytes(int64_t results) const {
    return parts > 1 ? static_cast<size_t>(parts * results) * sizeof(float) : 0;
  }
};

}  // namespace graft
