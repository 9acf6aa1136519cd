#include <doctest/doctest.h>

#include "end_to_end/program.h"
#include "support/test_data.h"

namespace graft::test {
namespace {

void link_images(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(to);
  for (const auto& image : std::filesystem::directory_iterator(from))
    std::filesystem::create_symlink(image.path(), to / image.path().filename());
}

// Photographs of ants, bees and daisies in folders named by ImageNet's index; a network of 1001 classes has
// "background" in front of them. What TensorFlow makes of single pictures is in tests/graphs.
TEST_CASE("program: evaluate on ImageNet's classes, with Keras's and TensorFlow Lite's MobileNet V1") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TemporaryFolder folder;
  link_images(data / "images/hymenoptera/val/ants", folder.path() / "310");
  link_images(data / "images/hymenoptera/val/bees", folder.path() / "309");
  link_images(data / "images/flower_photos_small_set/daisy", folder.path() / "985");
  for (const char* weights :
       {"formats/h5/mobilenet_v1_0.25_224.h5", "formats/tflite/mobilenet_v1_0.25_224_1_default_1.tflite"}) {
    CAPTURE(weights);
    const ProgramResult result = run_program(
        {"evaluate", "--device", "cpu", "--weights", data / weights, "--data", folder.path(), "--json"});
    CAPTURE(result.error);
    REQUIRE(result.status == 0);
    CHECK(json_number(result.out, "images") == 193);
    CHECK(json_number(result.out, "top1") > 0.45);
    CHECK(json_number(result.out, "top5") > 0.7);
  }
}

}  // namespace
}  // namespace graft::test
