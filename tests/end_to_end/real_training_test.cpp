#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "end_to_end/program.h"
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

std::vector<double> train_head(const fs::path& weights, const fs::path& data, const std::string& device) {
  const TemporaryFolder folder;
  const std::string report = (folder.path() / "report").string();
  const ProgramResult result = run_program({"train", "--data", data.string(), "--weights", weights.string(),
                                            "--epochs", "5", "--threads", "2", "--device", device, "--out",
                                            (folder.path() / "m.graft").string(), "--report", report});
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  return losses_of(read_text(fs::path(report) / "report.json"));
}

TEST_CASE("program: a head on a real network has the same losses on every device") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TemporaryFolder folder;
  copy_photographs(data / "images" / "hymenoptera", folder.path());
  const fs::path lite0 = fs::path(source_dir) / ".cache/weights/efficientnet_lite0.pth";
  if (!fs::exists(lite0)) MESSAGE("skipped: no weights of EfficientNet-Lite0; tools/setup fetches them");
  for (const fs::path& weights : {data / "weights" / "mobilenet_v2.pth", lite0}) {
    if (!fs::exists(weights)) continue;
    CAPTURE(weights);
    const std::vector<double> cpu = train_head(weights, folder.path(), "cpu");
    REQUIRE(cpu.size() == 5);
    for (const auto& device : kernel_devices()) {
      const std::vector<double> found = train_head(weights, folder.path(), device->properties().name);
      REQUIRE(found.size() == cpu.size());
      double worst = 0;
      for (size_t i = 0; i < cpu.size(); ++i) worst = std::max(worst, std::abs(found[i] / cpu[i] - 1));
      MESSAGE(weights.filename().string(), " on ", device->properties().name, ": losses within ", worst);
      CHECK(worst <= 1e-4);
    }
  }
}

}  // namespace
}  // namespace graft::test
