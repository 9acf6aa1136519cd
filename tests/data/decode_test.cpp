#include "transfer/image/decode.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "data/jpeg_samples.h"
#include "engine/error.h"
#include "engine/random.h"
#include "support/error_text.h"
#include "support/picture_files.h"
#include "support/test_data.h"
#include "transfer/image/image_type.h"

namespace graft {
namespace {

using namespace test;
using namespace std::string_literals;

using Rgb = std::array<int, 3>;

Rgb pixel(const Image& image, int x, int y) {
  const uint8_t* p = &image.rgb[(static_cast<size_t>(y) * image.width + x) * 3];
  return {p[0], p[1], p[2]};
}

std::string error_of(const Bytes& file) {
  return test::error_of([&] { decode(file, "x.jpg"); }, ErrorCode::format);
}

#define CHECK_REFUSED(file, words)                   \
  do {                                               \
    const std::string message = error_of(file);      \
    INFO(message);                                   \
    CHECK(message.find("x.jpg: ") == 0);             \
    CHECK(message.find(words) != std::string::npos); \
  } while (0)

void check_blocks(const Image& image, int tolerance) {
  REQUIRE(image.width == 24);
  REQUIRE(image.height == 16);
  for (int block = 0; block < 6; ++block)
    for (int c = 0; c < 3; ++c)
      CHECK(std::abs(pixel(image, block % 3 * 8 + 4, block / 3 * 8 + 4)[c] - kBlocks[block][c]) <= tolerance);
}

size_t find(const Bytes& file, const std::string& what) {
  const Bytes bytes = from_text(what);
  const auto at = std::search(file.begin(), file.end(), bytes.begin(), bytes.end());
  REQUIRE(at != file.end());
  return at - file.begin();
}

Bytes with_orientation(const Bytes& jpeg, int value, bool little) {
  const std::string tiff =
      little ? "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + char(value) + "\0\0\0\0\0\0\0"s
             : "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + char(value) + "\0\0\0\0\0\0"s;
  const std::string body = "Exif\0\0"s + tiff;
  const Bytes segment = from_text("\xff\xe1\0"s + char(body.size() + 2) + body);
  Bytes out = jpeg;
  out.insert(out.begin() + 2, segment.begin(), segment.end());
  return out;
}

TEST_CASE("baseline, progressive, subsampled and CMYK JPEG give their colours") {
  check_blocks(decode(from_hex(kBaselineJpeg), "x"), 2);
  check_blocks(decode(from_hex(kProgressiveJpeg), "x"), 2);
  check_blocks(decode(from_hex(kSubsampledJpeg), "x"), 5);
  check_blocks(decode(from_hex(kCmykJpeg), "x"), 2);
}

TEST_CASE("progressive and baseline JPEG of one picture are the same pixels") {
  CHECK(decode(from_hex(kBaselineJpeg), "x").rgb == decode(from_hex(kProgressiveJpeg), "x").rgb);
}

TEST_CASE("grey JPEG becomes three equal channels") {
  const Image image = decode(from_hex(kGreyJpeg), "x");
  const int luma[6] = {82, 121, 71, 239, 20, 187};
  for (int block = 0; block < 6; ++block) {
    const Rgb p = pixel(image, block % 3 * 8 + 4, block / 3 * 8 + 4);
    CHECK(std::abs(p[0] - luma[block]) <= 1);
    CHECK(p == Rgb{p[0], p[0], p[0]});
  }
}

// The same coded data read as YCCK: Adobe stores it inverted, so RGB = (255 - YCC to RGB) * K / 255 of what
// the CMYK reading took for C, M, Y.
TEST_CASE("YCCK JPEG is converted by its Adobe marker") {
  Bytes file = from_hex(kCmykJpeg);
  const size_t adobe = find(file, "Adobe");
  REQUIRE(file[adobe + 11] == std::byte{0});
  file[adobe + 11] = std::byte{2};
  const Image image = decode(file, "x");
  for (int block = 0; block < 6; ++block) {
    const double luma = kBlocks[block][0], cb = kBlocks[block][1] - 128.0, cr = kBlocks[block][2] - 128.0;
    const double rgb[3] = {luma + 1.402 * cr, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.772 * cb};
    for (int c = 0; c < 3; ++c)
      CHECK(std::abs(pixel(image, block % 3 * 8 + 4, block / 3 * 8 + 4)[c] -
                     (255 - std::clamp(rgb[c], 0.0, 255.0))) <= 4);
  }
}

TEST_CASE("four components without Adobe's marker are refused") {
  Bytes file = from_hex(kCmykJpeg);
  file[find(file, "Adobe")] = std::byte{'X'};
  CHECK_REFUSED(file, "four colour components of unknown meaning, which is unsupported");
}

// Where the top left, top right and bottom left blocks of the upright picture are in the stored one.
TEST_CASE("all EXIF orientations are honoured, in both byte orders") {
  const int corners[9][3] = {{},        {0, 2, 3}, {2, 0, 5}, {5, 3, 2}, {3, 5, 0},
                             {0, 3, 2}, {3, 0, 5}, {5, 2, 3}, {2, 5, 0}};
  for (bool little : {false, true})
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(orientation);
      const Image image = decode(with_orientation(from_hex(kBaselineJpeg), orientation, little), "x");
      CHECK(image.width == (orientation < 5 ? 24 : 16));
      CHECK(image.height == (orientation < 5 ? 16 : 24));
      const Rgb found[3] = {pixel(image, 4, 4), pixel(image, image.width - 4, 4),
                            pixel(image, 4, image.height - 4)};
      for (int i = 0; i < 3; ++i)
        for (int c = 0; c < 3; ++c) CHECK(std::abs(found[i][c] - kBlocks[corners[orientation][i]][c]) <= 2);
    }
}

TEST_CASE("a damaged EXIF block leaves the picture as it is") {
  for (int value : {0, 9})
    check_blocks(decode(with_orientation(from_hex(kBaselineJpeg), value, true), "x"), 2);
  Bytes file = with_orientation(from_hex(kBaselineJpeg), 6, true);
  file[find(file, "II*") + 5] = std::byte{0x7f};  // the directory lies far outside
  check_blocks(decode(file, "x"), 2);
}

TEST_CASE("PNG of every kind gives its pixels") {
  const Image rgb = pattern(19, 7);
  CHECK(decode(png_file(rgb), "x").rgb == rgb.rgb);
  CHECK(decode(png_file(2, 1, 8, 0, {10, 200}), "x").rgb == std::vector<uint8_t>{10, 10, 10, 200, 200, 200});
  CHECK(decode(png_file(2, 1, 16, 0, {0x12, 0xff, 0xab, 0}), "x").rgb ==
        std::vector<uint8_t>{0x12, 0x12, 0x12, 0xab, 0xab, 0xab});
  CHECK(decode(png_file(1, 1, 16, 2, {1, 99, 2, 99, 3, 99}), "x").rgb == std::vector<uint8_t>{1, 2, 3});
  CHECK(decode(png_file(8, 1, 1, 0, {0b10000001}), "x").rgb[0] == 255);
  const std::string palette = png_chunk("PLTE", "\x01\x02\x03\x64\x65\x66");
  CHECK(decode(png_file(2, 1, 8, 3, {1, 0}, palette), "x").rgb ==
        std::vector<uint8_t>{100, 101, 102, 1, 2, 3});
  CHECK(decode(png_file(2, 1, 2, 3, {0b01000000}, palette), "x").rgb ==
        std::vector<uint8_t>{100, 101, 102, 1, 2, 3});
}

TEST_CASE("alpha is composited on white") {
  CHECK(decode(png_file(3, 1, 8, 6, {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128}), "x").rgb ==
        std::vector<uint8_t>{10, 20, 30, 255, 255, 255, 127, 177, 255});
  CHECK(decode(png_file(1, 1, 8, 4, {100, 0}), "x").rgb == std::vector<uint8_t>{255, 255, 255});
  const std::string palette = png_chunk("PLTE", "\x01\x02\x03\x64\x65\x66") + png_chunk("tRNS", "\0"s);
  CHECK(decode(png_file(2, 1, 8, 3, {0, 1}, palette), "x").rgb ==
        std::vector<uint8_t>{255, 255, 255, 100, 101, 102});
  const std::string key = png_chunk("tRNS", "\0\x07\0\x07\0\x07"s);
  CHECK(decode(png_file(2, 1, 8, 2, {7, 7, 7, 7, 8, 7}, key), "x").rgb ==
        std::vector<uint8_t>{255, 255, 255, 7, 8, 7});
}

TEST_CASE("orientation is honoured in PNG too") {
  const std::string exif =
      png_chunk("eXIf", "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0"s);
  CHECK(decode(png_file(2, 1, 8, 0, {1, 2}, exif), "x").rgb == std::vector<uint8_t>{2, 2, 2, 1, 1, 1});
}

TEST_CASE("BMP gives its pixels") {
  for (int width : {1, 2, 3, 4, 17}) {
    const Image image = pattern(width, 5);
    CHECK(decode(bmp_file(image), "x").rgb == image.rgb);
  }
}

TEST_CASE("what is not a picture, or of another kind, is named") {
  CHECK_REFUSED(from_text("hello, I am a text"), "is not an image");
  CHECK_REFUSED(from_text("BM is how this text begins, and it goes on."), "is not an image");
  CHECK_REFUSED(Bytes{}, "is not an image");
  CHECK_REFUSED(from_text("GIF89a......"), "is GIF, which is unsupported");
  CHECK_REFUSED(from_text("RIFF1234WEBPVP8 "), "is WebP, which is unsupported");
  CHECK_REFUSED(from_text("II*\0\x08\0\0\0"s), "is TIFF, which is unsupported");
  CHECK_REFUSED(from_text("\0\0\0\x18"s + "ftypheic"), "is HEIC, which is unsupported");
  CHECK_REFUSED(from_text("\0\0\0\x18"s + "ftypavif"), "is AVIF, which is unsupported");
}

TEST_CASE("a picture of 60000 x 60000 is refused before anything is allocated for it") {
  CHECK_REFUSED(png_file(60000, 60000, 8, 2, {}),
                "60000 x 60000 pixels are more than the limit of 178956970");
  CHECK_REFUSED(png_file(0xffffffff, 0xffffffff, 8, 2, {}), "more than the limit");
  Bytes jpeg = from_hex(kBaselineJpeg);
  const size_t frame = find(jpeg, "\xff\xc0");
  for (size_t i : {5, 6, 7, 8}) jpeg[frame + i] = static_cast<std::byte>(i % 2 ? 0xea : 0x60);
  CHECK_REFUSED(jpeg, "60000 x 60000 pixels are more than the limit");
  Bytes bmp = bmp_file(pattern(2, 2));
  bmp[20] = bmp[24] = std::byte{1};  // 65538 x 65538
  CHECK_REFUSED(bmp, "65538 x 65538 pixels are more than the limit");
}

TEST_CASE("a size that the file cannot hold is refused") {
  CHECK_REFUSED(png_file(10000, 10000, 8, 2, {}), "cannot be in");
  Bytes jpeg = from_hex(kBaselineJpeg);
  const size_t frame = find(jpeg, "\xff\xc0");
  jpeg[frame + 5] = jpeg[frame + 7] = std::byte{0x20};
  CHECK_REFUSED(jpeg, "cannot be in");
  Bytes bmp = bmp_file(pattern(2, 2));
  bmp[23] = std::byte{1};
  CHECK_REFUSED(bmp, "cannot be in");
  CHECK_REFUSED(png_file(0, 5, 8, 2, {}), "0 x 5");
}

TEST_CASE("a file cut anywhere is refused") {
  for (const Bytes& whole : {from_hex(kBaselineJpeg), from_hex(kProgressiveJpeg), from_hex(kCmykJpeg),
                             png_file(pattern(9, 5)), bmp_file(pattern(9, 5))})
    for (size_t size = 0; size + 4 <= whole.size(); ++size) {
      CAPTURE(size);
      CHECK(error_of(Bytes(whole.begin(), whole.begin() + size)).find("x.jpg: ") == 0);
    }
}

TEST_CASE("JPEG tables that would overrun the decoder are refused") {
  Bytes file = from_hex(kBaselineJpeg);
  const size_t table = find(file, "\xff\xc4");
  Bytes bomb(file.begin(), file.begin() + table);
  Bytes segment = from_text("\xff\xc4\x10\x13"s + '\0' + std::string(16, '\xff') + std::string(4080, '\1'));
  bomb.insert(bomb.end(), segment.begin(), segment.end());
  bomb.insert(bomb.end(), file.begin() + table, file.end());
  CHECK_REFUSED(bomb, "too many codes");

  // In coded data FF FF 00 is no segment of the length behind it, which would hide the table.
  Bytes hidden(file.begin(), file.end() - 2);
  const Bytes escaped = from_text("\xff\xff"s + '\0' + '\x10' + '\0');
  for (const Bytes& part : {escaped, segment, Bytes(16), Bytes(file.end() - 2, file.end())})
    hidden.insert(hidden.end(), part.begin(), part.end());
  CHECK_REFUSED(hidden, "too many codes");
}

TEST_CASE("a JPEG scan without its tables is refused") {
  Bytes file = from_hex(kBaselineJpeg);
  while (true) {  // turn every Huffman table into a comment
    const Bytes marker = from_text("\xff\xc4");
    const auto at = std::search(file.begin(), file.end(), marker.begin(), marker.end());
    if (at == file.end()) break;
    at[1] = std::byte{0xfe};
  }
  CHECK_REFUSED(file, "a scan without its table");
}

// Any outcome is fine but a crash, a sanitizer's report, or another error than ours.
TEST_CASE("randomly damaged files never do harm") {
  RandomStream random(1, RandomUse::split);
  int refused = 0, decoded = 0;
  for (const Bytes& whole : {from_hex(kBaselineJpeg), from_hex(kProgressiveJpeg), from_hex(kSubsampledJpeg),
                             from_hex(kCmykJpeg), png_file(pattern(9, 5)), bmp_file(pattern(9, 5))})
    for (int round = 0; round < 300; ++round) {
      Bytes file = whole;
      for (uint32_t n = 1 + random.below(4); n > 0; --n)
        file[random.below(file.size())] = static_cast<std::byte>(random.word());
      try {
        const Image image = decode(file, "x.jpg");
        CHECK(image.rgb.size() == size_t{3} * image.width * image.height);
        CHECK(decode(file, "x.jpg").rgb == image.rgb);
        ++decoded;
      } catch (const Error& error) {
        ++refused;
      }
    }
  CHECK(refused > 0);
  CHECK(decoded > 0);
}

TEST_CASE("a missing file, a folder and an unreadable one are named") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(
      decode_file(folder.path() / "no.jpg"),
      ((folder.path() / "no.jpg").string() + ": is missing, not readable or not a file").c_str(), Error);
  CHECK_THROWS_AS(decode_file(folder.path()), Error);
}

TEST_CASE("photographs decode") {
  GRAFT_REQUIRE_TEST_DATA(data);
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(data / "images/flower_photos_small_set/daisy")) {
    const Image image = decode_file(entry.path());
    CHECK(image.rgb.size() == size_t{3} * image.width * image.height);
    ++count;
  }
  CHECK(count == 40);
}

}  // namespace
}  // namespace graft
