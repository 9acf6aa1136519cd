#include "transfer/image/preprocess.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "support/picture_files.h"

namespace graft {
namespace {

// Resized and centre-cropped by Pillow 12.
struct Expected {
  int width, height;
  const char* preprocessing;
  uint32_t crc;
};
constexpr Expected kExpected[] = {
    {500, 375, "torchvision", 0x8985898b},
    {500, 375, "lite", 0xbf6da309},
    {500, 375, "0/1/183/160/bicubic", 0x95599db1},
    {375, 500, "torchvision", 0x9454edc2},
    {375, 500, "lite", 0xb125e3f5},
    {375, 500, "0/1/183/160/bicubic", 0xecc131bc},
    {301, 225, "torchvision", 0x8f4105a4},
    {301, 225, "lite", 0xa0daec50},
    {301, 225, "0/1/183/160/bicubic", 0x66d106d9},
    {256, 400, "torchvision", 0xb65f1e3a},
    {256, 400, "lite", 0xb65f1e3a},
    {256, 400, "0/1/183/160/bicubic", 0xf743378d},
    {97, 64, "torchvision", 0xfde4b30a},
    {97, 64, "lite", 0xe784e27e},
    {97, 64, "0/1/183/160/bicubic", 0x243cf995},
};

TEST_CASE("resizing the shorter side and cropping the centre gives Pillow's pixels") {
  for (const Expected& e : kExpected) {
    CAPTURE(e.width);
    CAPTURE(e.height);
    CAPTURE(e.preprocessing);
    const Image out = resize_and_crop(test::pattern(e.width, e.height), parse_preprocessing(e.preprocessing));
    CHECK(test::crc32(out.rgb.data(), out.rgb.size()) == e.crc);
  }
}

TEST_CASE("the longer side is truncated and half a pixel goes to the even side") {
  const Preprocessing p = parse_preprocessing("torchvision");
  CHECK(plan_resize(500, 375, p).width == 341);
  CHECK(plan_resize(375, 500, p).height == 341);
  CHECK(plan_resize(500, 375, p).window.left == 58);  // 117 / 2 = 58.5
  CHECK(plan_resize(257, 256, p).window.left == 16);  // 33 / 2 = 16.5
  CHECK(plan_resize(259, 256, p).window.left == 18);  // 35 / 2 = 17.5
  CHECK(plan_resize(256, 256, p).window.top == 16);
  CHECK_THROWS_AS(plan_resize(1, 60000, p), Error);
}

TEST_CASE("pixels become (pixel - mean) / std") {
  const Image image = test::pattern(256, 256);
  const Preprocessing p = parse_preprocessing("torchvision");
  std::vector<float> out(224 * 224 * 3, NAN);
  preprocess(image, p, out.data());
  const double mean[] = {0.485, 0.456, 0.406}, std[] = {0.229, 0.224, 0.225};
  int compared = 0;
  for (int y = 0; y < 224; ++y)
    for (int x = 0; x < 224; ++x)
      for (int c = 0; c < 3; ++c, ++compared) {
        const double pixel = image.rgb[((y + 16) * 256 + x + 16) * 3 + c] / 255.0;
        REQUIRE(std::abs(out[(y * 224 + x) * 3 + c] - (pixel - mean[c]) / std[c]) < 1e-6);
      }
  CHECK(compared == 224 * 224 * 3);
  Preprocessing lite = parse_preprocessing("lite");
  preprocess(image, lite, out.data());
  CHECK(out[0] == (image.rgb[(16 * 256 + 16) * 3] - 127) / 128.0f);
}

TEST_CASE("a network that reads blue first gets the channels and their means in its order") {
  const Image image = test::pattern(256, 256);
  const uint8_t* pixel = &image.rgb[(16 * 256 + 16) * 3];
  std::vector<float> out(224 * 224 * 3, NAN);
  preprocess(image, parse_preprocessing("caffe"), out.data());
  CHECK(out[0] == pixel[2] - 104.0f);
  CHECK(out[1] == pixel[1] - 117.0f);
  CHECK(out[2] == pixel[0] - 123.0f);
  preprocess(image, parse_preprocessing("keras"), out.data());
  CHECK(out[0] == doctest::Approx(pixel[0] / 127.5 - 1).epsilon(1e-6));
  preprocess(image, parse_preprocessing("darknet"), out.data());
  CHECK(*std::max_element(out.begin(), out.end()) <= 1);
}

TEST_CASE("preprocessing is read from text and written so that it reads back the same") {
  for (const char* spec : {"torchvision", "lite", "keras", "caffe", "darknet", "104,117,123/1/256/227/bicubic",
                           "104,117,123/1/256/227/bicubic/bgr",
                           "0.1,0.2,0.3/1.1,2.2,3.3/64/64/box"}) {
    const Preprocessing p = parse_preprocessing(spec);
    CAPTURE(to_string(p));
    CHECK(parse_preprocessing(to_string(p)) == p);
  }
  CHECK(to_string(parse_preprocessing("torchvision")) ==
        "123.675,116.28,103.53/58.395,57.12,57.375/256/224/bilinear");
  CHECK(to_string(parse_preprocessing("lite")) == "127,127,127/128,128,128/256/224/bicubic");
  const Preprocessing p = parse_preprocessing("1,2,3/4/99/88/box");
  CHECK(p.mean == std::array<float, 3>{1, 2, 3});
  CHECK(p.std == std::array<float, 3>{4, 4, 4});
  CHECK(p.resize_shorter == 99);
  CHECK(p.crop == 88);
  CHECK(p.filter == Filter::box);
}

TEST_CASE("wrong preprocessing is refused in words") {
  for (const char* spec :
       {"", "imagenet", "1", "1,2/3", "1/0", "0.485,0.456,0.406/0.229,0.224,0.225", "1/-4", "1/nan", "inf/2",
        "x/2", "1/2/256", "1/2/256/224", "1/2/200/224/box", "1/2/256/0/box", "1/2/256/224/nearest",
        "1/2/9999/224/box", "1/2/256/224/box/7", "1/2/25x/22/box", "1/2/99999999999/1/box", "1/2/box/bgr",
        "1/2/bgr/bgr", "1/2/256/224/box/rgb", "bgr"}) {
    CAPTURE(spec);
    try {
      parse_preprocessing(spec);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::call);
    }
  }
}

TEST_CASE("another image size keeps the proportion of crop to resize") {
  CHECK(with_image_size(parse_preprocessing("torchvision"), 224) == parse_preprocessing("torchvision"));
  CHECK(with_image_size(parse_preprocessing("torchvision"), 160).resize_shorter == 183);
  CHECK(with_image_size(parse_preprocessing("lite"), 299).resize_shorter == 342);
  CHECK(with_image_size(parse_preprocessing("lite"), 96).crop == 96);
  CHECK_THROWS_AS(with_image_size(parse_preprocessing("lite"), 0), Error);
}

}  // namespace
}  // namespace graft
