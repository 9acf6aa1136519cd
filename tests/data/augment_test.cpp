#include "transfer/image/augment.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "support/picture_files.h"

namespace graft {
namespace {

const Preprocessing kSmall = parse_preprocessing("127/128/40/32/bilinear");
constexpr size_t kFloats = 32 * 32 * 3;

std::vector<float> augmented(const Image& image, Augment mode, RandomStream random) {
  std::vector<float> out(kFloats, NAN);
  augment(image, mode, kSmall, random, out.data());
  return out;
}

std::vector<float> mirrored(const std::vector<float>& in) {
  std::vector<float> out(kFloats);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x) std::copy_n(&in[(y * 32 + x) * 3], 3, &out[(y * 32 + 31 - x) * 3]);
  return out;
}

TEST_CASE("augmentation none is the preprocessing alone") {
  const Image image = test::pattern(60, 50);
  std::vector<float> expected(kFloats);
  preprocess(image, kSmall, expected.data());
  for (uint32_t i = 0; i < 5; ++i)
    CHECK(augmented(image, Augment::none, augment_stream(0, 0, i)) == expected);
}

TEST_CASE("flip mirrors about half of the pictures and changes nothing else") {
  const Image image = test::pattern(60, 50);
  std::vector<float> plain(kFloats);
  preprocess(image, kSmall, plain.data());
  int flipped = 0;
  for (uint32_t i = 0; i < 200; ++i) {
    const auto out = augmented(image, Augment::flip, augment_stream(5, 1, i));
    flipped += out != plain;
    CHECK((out == plain || out == mirrored(plain)));
  }
  CHECK(flipped > 70);
  CHECK(flipped < 130);
}

TEST_CASE("standard augmentation depends on seed, epoch and image, and on nothing else") {
  const Image image = test::pattern(60, 50);
  const auto once = augmented(image, Augment::standard, augment_stream(1, 2, 3));
  CHECK(augmented(image, Augment::standard, augment_stream(1, 2, 3)) == once);
  CHECK(augmented(image, Augment::standard, augment_stream(2, 2, 3)) != once);
  CHECK(augmented(image, Augment::standard, augment_stream(1, 3, 3)) != once);
  CHECK(augmented(image, Augment::standard, augment_stream(1, 2, 4)) != once);
  CHECK(std::ranges::none_of(once, [](float v) { return std::isnan(v); }));
}

TEST_CASE("random crops lie inside, with the scales and shapes asked for") {
  int count = 0;
  double least = 1, most = 0, narrowest = 9, widest = 0;
  for (uint32_t i = 0; i < 3000; ++i, ++count) {
    RandomStream random = augment_stream(0, 0, i);
    const Window w = random_resized_crop(640, 480, random);
    REQUIRE(w.left >= 0);
    REQUIRE(w.top >= 0);
    REQUIRE(w.left + w.width <= 640);
    REQUIRE(w.top + w.height <= 480);
    const double area = w.width * w.height / (640.0 * 480), ratio = static_cast<double>(w.width) / w.height;
    least = std::min(least, area), most = std::max(most, area);
    narrowest = std::min(narrowest, ratio), widest = std::max(widest, ratio);
  }
  CHECK(count == 3000);
  CHECK(least == doctest::Approx(0.35).epsilon(0.02));
  CHECK(most > 0.95);
  CHECK(narrowest == doctest::Approx(0.75).epsilon(0.02));
  CHECK(widest == doctest::Approx(4.0 / 3).epsilon(0.02));
}

TEST_CASE("pictures that no crop fits fall back to the middle") {
  RandomStream random = augment_stream(0, 0, 0);
  const Window wide = random_resized_crop(1000, 30, random);
  CHECK(wide.width == 40);
  CHECK(wide.height == 30);
  CHECK(wide.left == 480);
  CHECK(wide.top == 0);
  const Window tall = random_resized_crop(30, 1000, random);
  CHECK(tall.width == 30);
  CHECK(tall.height == 40);
  CHECK(tall.top == 480);
  const Window dot = random_resized_crop(1, 1, random);
  CHECK(dot.width == 1);
  CHECK(dot.height == 1);
}

TEST_CASE("augmentations have names") {
  for (Augment mode : {Augment::none, Augment::flip, Augment::standard})
    CHECK(parse_augment(augment_name(mode)) == mode);
  CHECK_THROWS_WITH_AS(parse_augment("rotate"), "augmentation 'rotate' is not none, flip or standard", Error);
}

}  // namespace
}  // namespace graft
