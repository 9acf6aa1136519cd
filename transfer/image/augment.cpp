#include "transfer/image/augment.h"

#include <cmath>

#include "engine/check.h"

namespace graft {
namespace {

constexpr double kLeastScale = 0.35, kMostScale = 1.0;
constexpr double kLeastRatio = 3.0 / 4.0, kMostRatio = 4.0 / 3.0;

double between(double low, double high, RandomStream& random) {
  return low + (high - low) * random.uniform_double();
}

// Halves to the even neighbour, as Python's round().
int rounded(double value) { return static_cast<int>(std::nearbyint(value)); }

Window largest_in_the_middle(int width, int height) {
  const double ratio = static_cast<double>(width) / height;
  int w = width, h = height;
  if (ratio < kLeastRatio) h = rounded(width / kLeastRatio);
  if (ratio > kMostRatio) w = rounded(height * kMostRatio);
  return {(width - w) / 2, (height - h) / 2, w, h};
}

}  // namespace

Augment parse_augment(std::string_view name) {
  for (Augment augment : {Augment::none, Augment::flip, Augment::standard})
    if (augment_name(augment) == name) return augment;
  fail(ErrorCode::call, "augmentation '", name, "' is not none, flip or standard");
}

std::string_view augment_name(Augment augment) {
  switch (augment) {
    case Augment::none: return "none";
    case Augment::flip: return "flip";
    case Augment::flipped: return "flipped";
    case Augment::standard: break;
  }
  return "standard";
}

Window random_resized_crop(int width, int height, RandomStream& random) {
  const double area = static_cast<double>(width) * height;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * between(kLeastScale, kMostScale, random);
    const double ratio = std::exp(between(std::log(kLeastRatio), std::log(kMostRatio), random));
    const int w = rounded(std::sqrt(target * ratio));
    const int h = rounded(std::sqrt(target / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const int top = static_cast<int>(random.below(height - h + 1));
    const int left = static_cast<int>(random.below(width - w + 1));
    return {left, top, w, h};
  }
  return largest_in_the_middle(width, height);
}

void augment(const Image& image, Augment augment, const Preprocessing& preprocessing, RandomStream random,
             float* out) {
  if (augment == Augment::none) return preprocess(image, preprocessing, out);
  if (augment == Augment::flip || augment == Augment::flipped) {
    const bool flip = augment == Augment::flipped || draws_flip(random);
    return normalise(resize_and_crop(image, preprocessing), preprocessing, flip, out);
  }
  const Window part = random_resized_crop(image.width, image.height, random);
  const bool flip = random.uniform() < 0.5f;
  const RgbView kept = crop(view(image), part.left, part.top, part.width, part.height);
  normalise(resize(kept, preprocessing.crop, preprocessing.crop, preprocessing.filter), preprocessing, flip,
            out);
}

}  // namespace graft
