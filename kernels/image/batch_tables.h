#pragma once

#include <cstdint>
#include <vector>

#include "kernels/image/image.h"
#include "kernels/image/resample.h"

namespace graft {

// A picture among the bytes of a batch, resized to width x height, of which the batch's h x w from left, top
// on are kept.
struct PictureCut {
  int64_t pixels, row_bytes;
  int source_width, source_height;
  int width, height;
  int left = 0, top = 0;
  bool flip = false;
};

// What the op reads beside the pixels, for one batch; made on the host, a few kilobytes a picture.
class BatchTables {
 public:
  BatchTables(int64_t h, int64_t w, Filter filter) : h_(h), w_(w), filter_(filter) {}

  // Throws Error{shape} where the window is not inside the resized picture.
  void add(const PictureCut& cut);

  const std::vector<BatchPicture>& pictures() const { return pictures_; }
  const std::vector<int32_t>& taps() const { return taps_; }

 private:
  int64_t append(const ResampleTaps& taps);

  int64_t h_, w_;
  Filter filter_;
  std::vector<BatchPicture> pictures_;
  std::vector<int32_t> taps_;
};

}  // namespace graft
