#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "end_to_end/program.h"

// `graft compare` and `graft profile`, by their JSON.
namespace graft::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

struct Said {
  int status;
  Json json;
};

Said run_json(Words words) {
  words.push_back("--json");
  const ProgramResult result = run_program(words);
  CAPTURE(result.error);
  REQUIRE(Json::accept(result.out));
  return {result.status, Json::parse(result.out)};
}

Words on_sample(const char* command, const Words& more) {
  Words words{command, "--weights", sample_project().weights(), "--image-size", "64", "--threads", "2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_CASE("program: compare finds squeezenet the same on two devices, and says on what") {
  const Said random = run_json(on_sample("compare", {"--devices", "cpu,emulated", "--train", "last:2"}));
  CHECK(random.status == 0);
  CHECK(random.json.at("first_difference").is_null());
  CHECK(random.json.at("images").empty());
  CHECK(random.json.at("sides")[0].at("device") == "cpu");
  CHECK(random.json.at("sides")[1].at("device") == "emulated:sm_80");
  std::set<std::string> phases;
  for (const Json& layer : random.json.at("layers")) {
    phases.insert(layer.at("phase"));
    CHECK(layer.at("within_bound") == true);
    CHECK(layer.at("nmse") <= layer.at("bound"));
    CHECK(layer.at("worst").size() <= 5);
    int64_t elements = 1, counted = 0;
    for (int64_t size : layer.at("shape")) elements *= size;
    for (int64_t part : layer.at("histogram")) counted += part;
    CHECK(counted == elements);
  }
  CHECK(phases == std::set<std::string>{"backward", "forward", "loss"});

  const Said images =
      run_json(on_sample("compare", {"--devices", "cpu,emulated", sample_project().path("data/val/dark")}));
  CHECK(images.status == 0);
  CHECK(images.json.at("batch") == 5);
  CHECK(images.json.at("images").size() == 5);
}

TEST_CASE("program: compare puts a method on one side, and shows it in each form") {
  const Words call = on_sample("compare", {"--devices", "emulated", "--method", "conv_forward=direct/"});
  const Said said = run_json(call);
  CHECK(said.status == 0);
  CHECK(said.json.at("sides")[0].at("methods").at("conv_forward") == "direct");
  CHECK(said.json.at("sides")[1].at("methods").empty());
  for (const Json& layer : said.json.at("layers"))
    if (layer.at("op") == "conv_forward") {
      CHECK(layer.at("implementations")[0] == "direct");
      CHECK(layer.at("implementations")[1] != "direct");
    }
  const std::pair<const char*, const char*> shows[] = {
      {"check", "NMSE"}, {"display", "place"}, {"histogram", "equal"}};
  for (const auto& [show, heading] : shows) {
    Words words = call;
    words.insert(words.end(), {"--show", show});
    const ProgramResult shown = run_program(words);
    CHECK(shown.status == 0);
    CHECK(shown.out.find("random (seed 0)") != std::string::npos);
    CHECK(shown.out.find(heading) != std::string::npos);
    CHECK(shown.out.find("are within their bounds") != std::string::npos);
  }
}

// Sums to 1, and names what computes.
void check_steps(const Json& steps) {
  double shares = 0;
  for (const Json& step : steps) {
    shares += step.at("share").get<double>();
    CHECK_FALSE(step.at("implementation").get<std::string>().empty());
    CHECK(step.at("seconds_min") <= step.at("seconds"));
    CHECK(step.at("bytes") > 0);
  }
  CHECK(shares == doctest::Approx(1));
}

TEST_CASE("program: profile times the steps of the plan, all of them, and traces them") {
  const std::string trace_file = sample_project().path("trace.json");
  const Said said = run_json(on_sample("profile", {"--device", "cpu", "--train", "last:1", "--batch", "4",
                                                   "--runs", "3", "--trace", trace_file}));
  CHECK(said.status == 0);
  const Json plan = run_json({"inspect", "--weights", sample_project().weights(), "--device", "cpu", "--plan",
                              "--train", "last:1", "--batch", "4"})
                        .json.at("plan")
                        .at("steps");
  const Json& steps = said.json.at("steps");
  REQUIRE(steps.size() == plan.size());
  for (size_t i = 0; i < steps.size(); ++i)
    for (const char* key : {"phase", "layer", "op"}) CHECK(steps[i].at(key) == plan[i].at(key));
  check_steps(steps);
  check_steps(said.json.at("implementations"));
  CHECK(steps.back().at("phase") == "update");
  CHECK(said.json.at("steps_seconds") > 0);
  CHECK(said.json.at("seconds") > 0);

  REQUIRE(Json::accept(read_text(trace_file)));
  const Json events = Json::parse(read_text(trace_file)).at("traceEvents");
  size_t slices = 0;
  for (const Json& event : events) {
    for (const char* key : {"name", "ph", "pid", "tid", "args"}) CHECK(event.contains(key));
    if (event.at("ph") != "X") continue;
    CHECK(event.at("ts") >= 0);
    CHECK(event.at("dur") >= 0);
    slices += event.at("cat") != "phase";
  }
  CHECK(slices == 3 * steps.size());
}

TEST_CASE("program: profile counts two operations for each multiply-add of the network") {
  const Said said =
      run_json({"profile", "--weights", sample_project().weights(), "--device", "cpu", "--runs", "1"});
  const Said inspected = run_json({"inspect", "--weights", sample_project().weights()});
  int64_t flops = 0;
  for (const Json& step : said.json.at("steps")) flops += step.at("flops").get<int64_t>();
  CHECK(flops == 2 * inspected.json.at("macs").get<int64_t>());
}

}  // namespace
}  // namespace graft::test
