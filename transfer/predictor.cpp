#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/check.h"
#include "transfer/graft.h"
#include "transfer/image/decode.h"
#include "transfer/image/image_header.h"
#include "transfer/training/trainer.h"

namespace graft {

namespace {

// The caller's pixels as 8-bit RGB; alpha on white.
Image rgb_of(const ImageView& view) {
  constexpr int channels_of[] = {3, 3, 4, 4, 1};
  const int channels = channels_of[static_cast<int>(view.format)];
  GRAFT_CHECK(view.pixels && view.width > 0 && view.height > 0, call, "an image of ", view.width, " x ",
              view.height, " pixels cannot be read");
  GRAFT_CHECK(int64_t{view.width} * view.height <= kMostPixels, call, "an image of ", view.width, " x ",
              view.height, " pixels is too large");
  GRAFT_CHECK(view.row_bytes >= static_cast<size_t>(view.width) * channels, call, "rows of ", view.row_bytes,
              " bytes cannot hold ", view.width, " pixels");
  const bool blue_first = view.format == PixelFormat::bgr8 || view.format == PixelFormat::bgra8;
  Image image{view.width, view.height, {}};
  image.rgb.resize(size_t{3} * view.width * view.height);
  uint8_t* out = image.rgb.data();
  for (int y = 0; y < view.height; ++y) {
    const uint8_t* in = view.pixels + y * view.row_bytes;
    for (int x = 0; x < view.width; ++x, in += channels, out += 3) {
      const unsigned alpha = channels == 4 ? in[3] : 255;
      for (int c = 0; c < 3; ++c) {
        const unsigned value = channels == 1 ? in[0] : in[blue_first ? 2 - c : c];
        out[c] = composite_on_white(value, alpha);
      }
    }
  }
  return image;
}

}  // namespace

struct Predictor::State {
  State(std::shared_ptr<const Model> shared, const PredictorOptions& options)
      : model(std::move(shared)),
        device(open_device(options)),
        session(*device, model->data().graph, model->data().weights, executor_options(options, *device)),
        preprocessing(preprocessing_of(model->data())) {}

  std::vector<float> logits(const float* pixels, int64_t n) {
    const int64_t size = preprocessing.crop;
    const float* inputs[] = {pixels};
    return session.infer({model->data().graph.input()}, {{n, size, size, 3}}, inputs,
                         {model->data().graph.output()})[0];
  }

  std::vector<Prediction> predict(const Image& image) {
    std::vector<float> pixels(size_t{3} * preprocessing.crop * preprocessing.crop);
    preprocess(image, preprocessing, pixels.data());
    return ranked(logits(pixels.data(), 1));
  }

  std::vector<Prediction> ranked(const std::vector<float>& logits) const {
    const float largest = *std::max_element(logits.begin(), logits.end());
    std::vector<Prediction> predictions;
    double sum = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      const auto& classes = model->classes();
      const double probability = std::exp(double{logits[i]} - largest);
      predictions.push_back(
          {static_cast<int>(i), classes.empty() ? std::to_string(i) : classes[i], probability});
      sum += probability;
    }
    for (Prediction& prediction : predictions) prediction.probability /= sum;
    std::stable_sort(predictions.begin(), predictions.end(),
                     [](const Prediction& a, const Prediction& b) { return a.probability > b.probability; });
    return predictions;
  }

  std::shared_ptr<const Model> model;
  std::unique_ptr<Device> device;
  Session session;
  Preprocessing preprocessing;
};

Predictor::Predictor(std::shared_ptr<const Model> model, const PredictorOptions& options) {
  GRAFT_CHECK(model != nullptr, call, "a predictor needs a model");
  state_ = std::make_unique<State>(std::move(model), options);
}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

std::vector<Prediction> Predictor::predict(const ImageView& image) { return state_->predict(rgb_of(image)); }
std::vector<Prediction> Predictor::predict_encoded(std::span<const std::byte> file) {
  return state_->predict(decode(file, "image in memory"));
}
std::vector<Prediction> Predictor::predict_file(const std::filesystem::path& file) {
  return state_->predict(decode_file(file));
}

std::vector<float> Predictor::logits(std::span<const float> pixels, int n) {
  const int64_t size = state_->preprocessing.crop;
  GRAFT_CHECK(n >= 1 && static_cast<int64_t>(pixels.size()) == n * size * size * 3, call, "logits of ", n,
              " images need ", int64_t{n} * size * size * 3, " values; ", pixels.size(), " given");
  return state_->logits(pixels.data(), n);
}

}  // namespace graft
