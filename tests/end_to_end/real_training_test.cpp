#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "end_to_end/program.h"
#include "support/bf16_devices.h"
#include "support/kernel_devices.h"
#include "support/paths.h"
#include "support/test_data.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

// A dozen photographs of each class for training, and for validation.
void copy_photographs(const fs::path& from, const fs::path& to) {
  for (const char* part : {"train", "val"})
    for (const char* name : {"ants", "bees"}) {
      const fs::path folder = fs::path(part) / name;
      std::vector<fs::path> files(fs::directory_iterator(from / folder), {});
      std::sort(files.begin(), files.end());
      fs::create_directories(to / folder);
      for (size_t i = 0; i < 12; ++i) fs::copy_file(files.at(i), to / folder / files[i].filename());
    }
}

// All the numbers behind "train_loss": of the epochs.
std::vector<double> losses_of(const std::string& report) {
  std::vector<double> losses;
  const std::string key = "\"train_loss\":";
  for (size_t at = report.find(key); at != std::string::npos; at = report.find(key, at + 1))
    losses.push_back(std::stod(report.substr(at + key.size())));
  return losses;
}

struct HeadRun {
  std::vector<double> losses;  // of the epochs
  double val_top1 = 0;
};

HeadRun train_head(const fs::path& weights, const fs::path& data, const std::string& device,
                   const Words& more = {}) {
  const TemporaryFolder folder;
  const std::string report = (folder.path() / "report").string();
  const ProgramResult result = run_program(
      with({"train", "--data", data.string(), "--weights", weights.string(), "--epochs", "5", "--threads",
            "2", "--device", device, "--out", (folder.path() / "m.graft").string(), "--report", report},
           more));
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  const std::string json = read_text(fs::path(report) / "report.json");
  return {losses_of(json), json_number(json, "val_top1")};
}

double largest_ratio(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (size_t i = 0; i < found.size(); ++i) worst = std::max(worst, std::abs(found[i] / expected[i] - 1));
  return worst;
}

TEST_CASE(
    "program: a head on a real network has the same losses on every device, and about the same behind a "
    "prefix in bfloat16") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TemporaryFolder folder;
  copy_photographs(data / "images" / "hymenoptera", folder.path());
  const fs::path lite0 = fs::path(source_dir) / ".cache/weights/efficientnet_lite0.pth";
  if (!fs::exists(lite0)) MESSAGE("skipped: no weights of EfficientNet-Lite0; tools/setup fetches them");
  for (const fs::path& weights : {data / "weights" / "mobilenet_v2.pth", lite0}) {
    if (!fs::exists(weights)) continue;
    CAPTURE(weights);
    const HeadRun cpu = train_head(weights, folder.path(), "cpu");
    REQUIRE(cpu.losses.size() == 5);
    for (const auto& device : kernel_devices()) {
      const HeadRun found = train_head(weights, folder.path(), device->properties().name);
      const double worst = largest_ratio(found.losses, cpu.losses);
      MESSAGE(weights.filename().string(), " on ", device->properties().name, ": losses within ", worst);
      CHECK(worst <= 1e-4);
    }
    for (const std::string& device : bf16_devices()) {
      const HeadRun found = train_head(weights, folder.path(), device, {"--prefix-precision", "bf16"});
      const double worst = largest_ratio(found.losses, cpu.losses);
      MESSAGE(weights.filename().string(), " behind a prefix in bfloat16 on ", device, ": losses within ",
              worst, ", val accuracy ", found.val_top1, " after ", cpu.val_top1);
      CHECK(worst > 1e-5);
      CHECK(worst <= 0.03);
      CHECK(std::abs(found.val_top1 - cpu.val_top1) <= 1.01 / 24);  // one image
    }
  }
}

}  // namespace
}  // namespace graft::test
