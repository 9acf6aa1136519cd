#pragma once

#include <algorithm>

#include "transfer/graft.h"
#include "transfer/training/clock.h"

namespace graft {

// `done` views of `total`, since `began` on the clock.
inline Progress feature_progress(int64_t done, int64_t total, double began) {
  Progress progress;
  progress.stage = Progress::Stage::features;
  progress.step = done;
  progress.steps = total;
  progress.images_per_second = static_cast<double>(done) / std::max(now() - began, 1e-9);
  if (done > 0) progress.seconds_left = static_cast<double>(total - done) / progress.images_per_second;
  return progress;
}

}  // namespace graft
