#include "transfer/inspection/input_batch.h"

#include "engine/random.h"
#include "transfer/image/decode.h"
#include "transfer/image/preprocess.h"
#include "transfer/training/trainer.h"

namespace graft {

namespace {

constexpr uint32_t for_pixels = 0, for_labels = 1;

std::vector<int32_t> random_labels(const ModelData& model, int64_t count, uint64_t seed) {
  const auto classes = static_cast<float>(model.output_count());
  std::vector<int32_t> labels(count);
  for (int64_t i = 0; i < count; ++i)
    labels[i] = static_cast<int32_t>(classes *
                                     uniform(random_key(seed), {static_cast<uint32_t>(i), 0, for_labels, 0}));
  return labels;
}

int64_t pixels_of(const ModelData& model) {
  return int64_t{model.image_size} * model.image_size * model.graph.input_channels();
}

}  // namespace

InputBatch random_batch(const ModelData& model, int64_t count, uint64_t seed) {
  InputBatch batch{std::vector<float>(count * pixels_of(model)), random_labels(model, count, seed)};
  for (size_t i = 0; i < batch.pixels.size(); ++i) {
    const PhiloxCounter counter{static_cast<uint32_t>(i), static_cast<uint32_t>(i >> 32), for_pixels, 0};
    batch.pixels[i] = 4 * uniform(random_key(seed), counter) - 2;
  }
  return batch;
}

InputBatch image_batch(const ModelData& model, std::span<const std::filesystem::path> images, uint64_t seed) {
  const auto count = static_cast<int64_t>(images.size());
  InputBatch batch{std::vector<float>(count * pixels_of(model)), random_labels(model, count, seed)};
  const Preprocessing preprocessing = preprocessing_of(model);
  for (int64_t i = 0; i < count; ++i)
    preprocess(decode_file(images[i]), preprocessing, batch.pixels.data() + i * pixels_of(model));
  return batch;
}

}  // namespace graft
