#include "kernels/image/batch_tables.h"

#include "engine/check.h"

namespace graft {

void BatchTables::add(const PictureCut& cut) {
  GRAFT_CHECK(cut.source_width > 0 && cut.source_height > 0 && cut.width > 0 && cut.height > 0, shape,
              "cannot resize ", cut.source_width, " x ", cut.source_height, " to ", cut.width, " x ",
              cut.height, "; sizes must be at least 1");
  GRAFT_CHECK(cut.left >= 0 && cut.top >= 0 && w_ <= cut.width - cut.left && h_ <= cut.height - cut.top,
              shape, "the window ", w_, " x ", h_, " at ", cut.left, ",", cut.top,
              " is not inside the resized ", cut.width, " x ", cut.height);
  const ResampleTaps columns =
      make_resample_taps(cut.source_width, cut.width, cut.left, static_cast<int>(w_), filter_);
  const ResampleTaps rows =
      make_resample_taps(cut.source_height, cut.height, cut.top, static_cast<int>(h_), filter_);
  const int64_t columns_at = append(columns), rows_at = append(rows);
  pictures_.push_back({cut.pixels, cut.row_bytes, columns_at, rows_at, columns.most, rows.most,
                       static_cast<int32_t>(cut.flip)});
}

int64_t BatchTables::append(const ResampleTaps& taps) {
  const auto begin = static_cast<int64_t>(taps_.size());
  taps_.insert(taps_.end(), taps.first.begin(), taps.first.end());
  taps_.insert(taps_.end(), taps.count.begin(), taps.count.end());
  taps_.insert(taps_.end(), taps.weight.begin(), taps.weight.end());
  return begin;
}

}  // namespace graft
