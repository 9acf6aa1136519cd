#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "end_to_end/program.h"

// `graft cost`, by its JSON and by its table.
namespace graft::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

Words on_sample(const Words& more) {
  Words words{"cost",
              "--weights",
              sample_project().weights(),
              "--image-size",
              "64",
              "--batch",
              "4",
              "--device",
              "cpu",
              "--threads",
              "2",
              "--runs",
              "2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void check_point(const Json& point) {
  CAPTURE(point.dump());
  for (const char* key : {"trainable_parameters", "flops_per_image", "predicted_peak_bytes", "peak_bytes",
                          "saved_bytes", "saved_share", "predicted_seconds_per_step", "pace",
                          "seconds_per_step", "seconds_min", "seconds_max"})
    CHECK(point.at(key) > 0);
  CHECK(point.at("runs") == 2);
  CHECK(point.at("seconds_min") <= point.at("seconds_per_step"));
  CHECK(point.at("seconds_per_step") <= point.at("seconds_max"));
  for (const char* unknown : {"val_top1", "val_top1_std", "failure"}) CHECK(point.at(unknown).is_null());
  CHECK(point.at("cached_seconds_per_step").is_null() == (point.at("point") == "all"));
  for (const char* key : {"joules", "grams_co2"}) CHECK(point.contains(key));
}

// What was found out about this machine stays between the cases, and is gone with the program.
struct OwnCache {
  TemporaryFolder folder;
  Environment environment{"XDG_CACHE_HOME", folder.path().string()};
};
const std::string& rates_file() {
  static const OwnCache cache;
  static const std::string file = (cache.folder.path() / "graft" / "rates.tsv").string();
  return file;
}

TEST_CASE("program: cost has a figure for every key, or null, at every point") {
  const std::string rates = rates_file();
  const ProgramResult result =
      run_program(on_sample({"--points", "head,last:2,all", "--carbon-intensity", "400", "--json"}));
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  REQUIRE(Json::accept(result.out));
  const Json json = Json::parse(result.out);
  CHECK(json.at("arch") == "squeezenet1_1");
  CHECK(json.at("device") == "cpu");
  CHECK(json.at("threads") == 2);
  CHECK(json.at("batch") == 4);
  CHECK(json.at("image_size") == 64);
  CHECK(json.at("command").get<std::string>().find("graft cost --weights ") == 0);
  for (const char* key : {"graft", "onednn", "compiler"})
    CHECK_FALSE(json.at("versions").at(key).get<std::string>().empty());
  CHECK_FALSE(json.at("machine").at("hardware").get<std::string>().empty());
  CHECK(json.at("machine").at("processors") >= 1);
  CHECK(json.at("machine").at("memory_bytes") > 0);
  CHECK(json.at("carbon_intensity") == 400);
  CHECK(std::filesystem::exists(rates));
  const Json& points = json.at("points");
  for (const Json& point : points)
    CHECK(point.at("joules").is_null() == json.at("why_no_energy").is_string());
  REQUIRE(points.size() == 3);
  const char* names[] = {"head", "last:2", "all"};
  for (size_t i = 0; i < 3; ++i) {
    CHECK(points[i].at("point") == names[i]);
    check_point(points[i]);
  }
  CHECK(points[2].at("saved_share") == 1);
  CHECK(points[0].at("saved_share") < points[1].at("saved_share"));
}

TEST_CASE("program: cost shows its default points as a table") {
  rates_file();
  const ProgramResult result = run_program(on_sample({}));
  CAPTURE(result.error);
  CHECK(result.status == 0);
  CHECK(result.out.find("squeezenet1_1 on cpu, 2 CPU threads, fp32, batch 4, 64 px") == 0);
  for (const char* point : {"\nhead ", "\nlast:1 ", "\nlast:2 ", "\nlast:4 ", "\nlast:8 ", "\nall "})
    CHECK(result.out.find(point) != std::string::npos);
  CHECK(result.out.find("val") == std::string::npos);
}

void check_trainings(const Json& json, const char* point) {
  CAPTURE(json.dump());
  CHECK(json.at("point") == point);
  CHECK(json.at("learning_rate") > 0);
  for (const char* values : {"val_top1", "seconds"}) {
    const Json& by_seed = json.at(std::string(values) + "_by_seed");
    REQUIRE(by_seed.size() == 2);
    CHECK(json.at(values).get<double>() ==
          doctest::Approx((by_seed[0].get<double>() + by_seed[1].get<double>()) / 2));
    CHECK(json.at(std::string(values) + "_std") >= 0);
  }
  CHECK(json.at("val_top1") >= 0);
  CHECK(json.at("val_top1") <= 1);
  CHECK(json.at("seconds") > 0);
  CHECK(json.at("features_found") == 0);
}

TEST_CASE("program: cost trains at every point on every share, and draws the frontier") {
  rates_file();
  const TemporaryFolder folder;
  const std::string report = (folder.path() / "report").string();
  const ProgramResult result =
      run_program(on_sample({"--points", "head,last:1", "--data", sample_project().path("data"), "--seeds",
                             "2", "--fraction", "0.5,1", "--epochs", "2", "--json", "--report", report}));
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  REQUIRE(Json::accept(result.out));
  const Json json = Json::parse(result.out);
  CHECK(json == Json::parse(read_text(report + "/report.json")));
  CHECK(json.at("val_images") == 10);
  // Two shares, two points, by default and with the rate chosen.
  const Json& trainings = json.at("trainings");
  REQUIRE(trainings.size() == 8);
  int on_frontier = 0;
  for (size_t i = 0; i < 8; ++i) {
    check_trainings(trainings[i], i % 4 < 2 ? "head" : "last:1");
    CHECK(trainings[i].at("fraction") == (i < 4 ? 0.5 : 1));
    CHECK(trainings[i].at("train_images") == (i < 4 ? 10 : 18));
    CHECK(trainings[i].at("rate") == (i % 2 ? "best_of_three" : "default"));
    on_frontier += trainings[i].at("frontier").get<bool>();
  }
  CHECK(trainings[0].at("learning_rate") == doctest::Approx(0.01));
  CHECK(trainings[2].at("learning_rate") == doctest::Approx(0.001));
  CHECK(on_frontier >= 1);
  CHECK(json.at("points")[0].at("val_top1") == trainings[4].at("val_top1"));
  // Two classes: the new head is what was planned and timed, too.
  CHECK(json.at("points")[0].at("trainable_parameters") == 2 * 512 + 2);
  const std::string page = read_text(report + "/report.html");
  for (const char* part : {"<polyline", "<circle", "best of three", "last:1, 18", "graft cost --weights"})
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
}

TEST_CASE("program: cost refuses options of trainings without data, and shares that are none") {
  rates_file();
  CHECK(run_program(on_sample({"--seeds", "2"})).status == 2);
  for (const char* share : {"0", "1.5", "x", "0.5,,1"}) {
    const ProgramResult result = run_program(
        on_sample({"--points", "head", "--data", sample_project().path("data"), "--fraction", share}));
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error));
    CHECK(result.error.find("--fraction") != std::string::npos);
  }
}

TEST_CASE("program: cost refuses a file of rates that lacks the pace they were timed at") {
  if (!std::filesystem::exists(rates_file())) run_program(on_sample({"--points", "head"}));
  std::istringstream kept(read_text(rates_file()));
  std::string lines, paces;
  for (std::string line; std::getline(kept, line);)
    (line.find("\tpace;") == std::string::npos ? lines : paces) += line + '\n';
  REQUIRE_FALSE(paces.empty());
  const OwnCache cache;
  std::filesystem::create_directory(cache.folder.path() / "graft");
  cache.folder.write("graft/rates.tsv", lines);
  const ProgramResult result = run_program(on_sample({"--points", "head"}));
  CHECK(result.status == 1);
  CHECK(result.error.find("rates.tsv: has no time of a pace; delete it") != std::string::npos);
}

TEST_CASE("program: cost is of devices whose times mean something") {
  rates_file();
  const ProgramResult result =
      run_program({"cost", "--weights", "none", "--arch", "squeezenet1_1", "--device", "emulated"});
  CHECK(result.status == 2);
  CHECK(result.error.find("emulated:sm_80") != std::string::npos);
}

TEST_CASE("program: cost refuses a point that the network has not, before any work") {
  rates_file();
  for (const char* points : {"head,last:77", "head,,all", "layer4"}) {
    const ProgramResult result = run_program(on_sample({"--points", points}));
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK(result.error.find("last:") != std::string::npos);
  }
}

}  // namespace
}  // namespace graft::test
