#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "transfer/model/model_data.h"

namespace graft {

struct InputBatch {
  std::vector<float> pixels;    // [N, H, W, C], as the network reads them
  std::vector<int32_t> labels;  // [N]; only a training plan reads them
  int64_t count() const { return static_cast<int64_t>(labels.size()); }
};

// Uniform in [-2, 2), about what normalised pictures have; labels from all classes. A function of the seed.
InputBatch random_batch(const ModelData& model, int64_t count, uint64_t seed);

// The pictures as predict reads them, with labels of random_batch().
InputBatch image_batch(const ModelData& model, std::span<const std::filesystem::path> images, uint64_t seed);

}  // namespace graft
