#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "end_to_end/program.h"
#include "transfer/zoo/zoo.h"

namespace graft::test {
namespace {

using Json = nlohmann::json;

TEST_CASE("program: models lists every architecture") {
  const ProgramResult table = run_program({"models"});
  CHECK(table.status == 0);
  for (const Architecture& architecture : architectures())
    CHECK_MESSAGE(table.out.find(std::string(architecture.name) + ' ') != std::string::npos,
                  architecture.name);

  const ProgramResult result = run_program({"models", "--json"});
  CHECK(result.status == 0);
  const Json list = Json::parse(result.out);
  REQUIRE(list.size() == architectures().size());
  for (const Json& entry : list) {
    CAPTURE(entry.at("arch"));
    CHECK(entry.at("parameters").get<int64_t>() > 100000);
    CHECK(entry.at("macs").get<int64_t>() > 10000000);
    CHECK_FALSE(entry.at("freeze_points").empty());
    CHECK(entry.at("top1").is_null() == entry.at("top1_source").is_null());
  }
}

TEST_CASE("program: models tells a network's figures as they are published") {
  for (const Json& entry : Json::parse(run_program({"models", "--json"}).out)) {
    if (entry.at("arch") != "resnet18") continue;
    CHECK(entry.at("parameters") == 11689512);
    CHECK(entry.at("macs") == 1814073344);
    CHECK(entry.at("image_size") == 224);
    CHECK(entry.at("freeze_points") == Json{"conv1", "layer1", "layer2", "layer3", "layer4"});
    CHECK(entry.at("top1") == doctest::Approx(0.69758));
    CHECK(entry.at("formats") == Json{"pth"});
    return;
  }
  FAIL("resnet18 is not listed");
}

}  // namespace
}  // namespace graft::test
