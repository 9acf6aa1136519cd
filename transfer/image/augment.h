#pragma once

#include <cstdint>
#include <string_view>

#include "engine/random.h"
#include "transfer/image/preprocess.h"

namespace graft {

// What a user may ask for, and flipped, of which a flip is made.
enum class Augment { none, flip, standard, flipped };

Augment parse_augment(std::string_view name);  // Error (call) naming it
std::string_view augment_name(Augment augment);

// torchvision's RandomResizedCrop.get_params with scale 0.35 to 1 and ratio 3/4 to 4/3: a rectangle of the
// picture, of the drawn area and shape; after ten that do not fit, the largest one in the middle of which
// the shape is allowed.
Window random_resized_crop(int width, int height, RandomStream& random);

// out: [crop, crop, 3] float32. A pure function of its arguments:
// none      the preprocessing alone;
// flipped   the same, mirrored;
// flip      either of them with equal chance;
// standard  random_resized_crop() resized to crop x crop, then flip.
void augment(const Image& image, Augment augment, const Preprocessing& preprocessing, RandomStream random,
             float* out);

// Whether flip mirrors; draws once.
inline bool draws_flip(RandomStream random) { return random.uniform() < 0.5f; }

// The stream of one image in one epoch.
inline RandomStream augment_stream(uint64_t seed, uint32_t epoch, uint32_t image) {
  return RandomStream(seed, RandomUse::augment, epoch, image);
}

}  // namespace graft
