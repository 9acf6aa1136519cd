#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "engine/error.h"
#include "report/sample_report.h"
#include "transfer/report/thumbnail.h"
#include "transfer/report/write_file.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// A folder of this test's own, removed at its end.
struct Scratch {
  Scratch() : folder(fs::temp_directory_path() / ("graft-report-" + std::to_string(::getpid()))) {
    fs::create_directories(folder);
  }
  ~Scratch() { fs::remove_all(folder); }
  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {})); }
  fs::path folder;
};

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("report files: both are written whole and replace older ones") {
  const Scratch scratch;
  const TrainingReport report = test::sample_report(2);
  write_text_file(scratch.folder / "report.json", std::string(1000000, 'x'));
  write_report_json(report, scratch.folder / "report.json");
  write_report_html(report, scratch.folder / "report.html");
  CHECK(content(scratch.folder / "report.json") == report_json(report));
  CHECK(content(scratch.folder / "report.html") == report_html(report));
  CHECK(scratch.files() == 2);
}

TEST_CASE("report files: a failure names the file and leaves nothing behind") {
  const Scratch scratch;
  const fs::path missing = scratch.folder / "missing" / "report.json";
  try {
    write_text_file(missing, "x");
    FAIL("a file in a missing folder was written");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::file);
    CHECK(std::string(error.what()).find(missing.string()) != std::string::npos);
  }
  // A folder of the same name cannot be replaced by a file: the rename fails after the content was written.
  fs::create_directories(scratch.folder / "taken" / "inside");
  CHECK_THROWS_AS(write_text_file(scratch.folder / "taken", "x"), Error);
  CHECK(scratch.files() == 1);
}

TEST_CASE("thumbnail: a JPEG of the right size, small images are not enlarged") {
  const auto size_of = [](const std::vector<uint8_t>& jpeg) {
    // SOF0: FF C0, length, precision, height, width.
    for (size_t i = 0; i + 8 < jpeg.size(); ++i)
      if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0)
        return std::pair(jpeg[i + 7] << 8 | jpeg[i + 8], jpeg[i + 5] << 8 | jpeg[i + 6]);
    return std::pair(0, 0);
  };
  const std::vector<uint8_t> pixels(1000 * 500 * 3, 200);
  const auto large = jpeg_thumbnail(pixels.data(), 1000, 500, 3000, 192);
  REQUIRE(large.size() > 4);
  CHECK(large[0] == 0xFF);
  CHECK(large[1] == 0xD8);
  CHECK(large[large.size() - 1] == 0xD9);
  CHECK(size_of(large) == std::pair(192, 96));
  CHECK(size_of(jpeg_thumbnail(pixels.data(), 7, 5, 3000)) == std::pair(7, 5));
  CHECK(size_of(jpeg_thumbnail(pixels.data(), 1000, 1, 3000, 10)) == std::pair(10, 1));
  CHECK_THROWS_AS(jpeg_thumbnail(pixels.data(), 0, 5, 3000), Error);
  CHECK_THROWS_AS(jpeg_thumbnail(pixels.data(), 7, 5, 20), Error);
  CHECK_THROWS_AS(jpeg_thumbnail(nullptr, 7, 5, 21), Error);
}

}  // namespace
}  // namespace graft
