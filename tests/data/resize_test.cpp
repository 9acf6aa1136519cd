#include "transfer/image/resize.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/error.h"
#include "support/picture_files.h"

namespace graft {
namespace {

using test::crc32;
using test::pattern;

// What Pillow 9.5 to 12.0 make of the pattern (Pillow 13 resizes rows first where that is cheaper).
struct Expected {
  int width, height, new_width, new_height;
  Filter filter;
  uint32_t crc;
};
constexpr Expected kExpected[] = {
    {500, 375, 341, 256, Filter::box, 0x47e91044},
    {500, 375, 341, 256, Filter::bilinear, 0xceb71b01},
    {500, 375, 341, 256, Filter::bicubic, 0x05d82f90},
    {375, 500, 256, 341, Filter::box, 0x2c656615},
    {375, 500, 256, 341, Filter::bilinear, 0x59c1f9d8},
    {375, 500, 256, 341, Filter::bicubic, 0x5421006a},
    {64, 48, 224, 224, Filter::box, 0x71eeeef7},
    {64, 48, 224, 224, Filter::bilinear, 0x61e00585},
    {64, 48, 224, 224, Filter::bicubic, 0x6b694515},
    {17, 31, 5, 3, Filter::box, 0x6294390e},
    {17, 31, 5, 3, Filter::bilinear, 0xcfc603fc},
    {17, 31, 5, 3, Filter::bicubic, 0xed7ff24a},
    {1, 1, 7, 9, Filter::box, 0xcb044232},
    {1, 1, 7, 9, Filter::bilinear, 0xcb044232},
    {1, 1, 7, 9, Filter::bicubic, 0xcb044232},
    {640, 480, 640, 256, Filter::box, 0x06ba5cee},
    {640, 480, 640, 256, Filter::bilinear, 0x2f8412a5},
    {640, 480, 640, 256, Filter::bicubic, 0x1881e6ff},
    {640, 480, 341, 480, Filter::box, 0x12b4e568},
    {640, 480, 341, 480, Filter::bilinear, 0x943711f7},
    {640, 480, 341, 480, Filter::bicubic, 0x7fd45d73},
    {1000, 3, 10, 3, Filter::box, 0x473102fd},
    {1000, 3, 10, 3, Filter::bilinear, 0x23f48799},
    {1000, 3, 10, 3, Filter::bicubic, 0xff98b236},
    {3, 1000, 5, 7, Filter::box, 0x9f995e71},
    {3, 1000, 5, 7, Filter::bilinear, 0x3d81d60f},
    {3, 1000, 5, 7, Filter::bicubic, 0xd639a057},
    {257, 193, 224, 224, Filter::box, 0xdcce3c15},
    {257, 193, 224, 224, Filter::bilinear, 0x3c6a0f02},
    {257, 193, 224, 224, Filter::bicubic, 0x410333d9},
};

TEST_CASE("resizing is bit for bit Pillow's") {
  for (const Expected& e : kExpected) {
    CAPTURE(e.width);
    CAPTURE(e.height);
    CAPTURE(e.new_width);
    CAPTURE(e.new_height);
    const Image out = resize(view(pattern(e.width, e.height)), e.new_width, e.new_height, e.filter);
    CHECK(crc32(out.rgb.data(), out.rgb.size()) == e.crc);
  }
}

TEST_CASE("a window of the result is that part of the whole") {
  const Image source = pattern(83, 61);
  for (Filter filter : {Filter::box, Filter::bilinear, Filter::bicubic}) {
    const Image whole = resize(view(source), 40, 70, filter);
    for (const Window& w : {Window{0, 0, 40, 70}, Window{3, 5, 20, 30}, Window{39, 69, 1, 1}}) {
      const Image part = resize(view(source), 40, 70, filter, w);
      REQUIRE(part.rgb.size() == size_t{3} * w.width * w.height);
      const RgbView expected = crop(view(whole), w.left, w.top, w.width, w.height);
      for (int y = 0; y < w.height; ++y)
        CHECK(std::equal(expected.rgb + y * expected.row_bytes,
                         expected.rgb + y * expected.row_bytes + w.width * 3,
                         &part.rgb[size_t{3} * y * w.width]));
    }
  }
}

TEST_CASE("a view into a larger picture does not look outside") {
  const Image source = pattern(50, 40);
  const RgbView part = crop(view(source), 7, 9, 20, 15);
  Image copy{20, 15, {}};
  for (int y = 0; y < 15; ++y) {
    const uint8_t* row = part.rgb + y * part.row_bytes;
    copy.rgb.insert(copy.rgb.end(), row, row + 60);
  }
  CHECK(resize(part, 11, 8, Filter::bicubic).rgb == resize(view(copy), 11, 8, Filter::bicubic).rgb);
}

TEST_CASE("resizing refuses empty pictures and windows outside") {
  const Image source = pattern(4, 4);
  CHECK_THROWS_AS(resize(view(source), 0, 3, Filter::bilinear), Error);
  CHECK_THROWS_AS(resize(RgbView{}, 3, 3, Filter::bilinear), Error);
  CHECK_THROWS_AS(resize(view(source), 3, 3, Filter::bilinear, {1, 0, 3, 3}), Error);
}

}  // namespace
}  // namespace graft
