#include "bench/python_script.h"

namespace graft::test {
namespace {

// Made up, as the script keeps what `graft cost` says; the last point found no memory.
constexpr const char* costs = R"({"costs": [
{"arch": "resnet18", "points": [
{"point": "head", "pace": 0.5, "predicted_seconds_per_step": 0.11, "seconds_per_step": 0.1, "predicted_peak_bytes": 2097152, "peak_bytes": 4194304, "saved_share": 0.01},
{"point": "all", "pace": 1, "predicted_seconds_per_step": 0.8, "seconds_per_step": 1.0, "predicted_peak_bytes": 2097152, "peak_bytes": 2097152, "saved_share": 1}]},
{"arch": "vgg16", "points": [
{"point": "all", "pace": null, "predicted_seconds_per_step": 2, "seconds_per_step": null, "predicted_peak_bytes": 2097152, "peak_bytes": null, "saved_share": 1}]}]})";

ProgramResult table_of(const char* text) {
  const TemporaryFolder folder;
  folder.write("costs.json", from_text(text));
  return run_file(source_dir + "/bench/predicted_vs_measured",
                  {"--table", (folder.path() / "costs.json").string()});
}

TEST_CASE("bench: predicted_vs_measured divides what was predicted by what came, and counts what is near" *
          doctest::skip(bundled())) {
  if (no_python()) return;
  const ProgramResult result = table_of(costs);
  CAPTURE(result.out);
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  CHECK(row_of(result.out, "resnet18, head") ==
        Words{"resnet18, head", "0.50", "110.0", "100.0", "1.100", "2.0", "4.0", "0.500", "0.0100"});
  CHECK(row_of(result.out, "vgg16, all") ==
        Words{"vgg16, all", "-", "2000.0", "-", "-", "2.0", "-", "-", "1.0000"});
  CHECK(result.out.find("time: 1 of 2 within 15%, 0.800 to 1.100\n") != std::string::npos);
  CHECK(result.out.find("memory: 1 of 2 within 2%, 0.500 to 1.000\n") != std::string::npos);
}

TEST_CASE("bench: predicted_vs_measured refuses what it did not keep" * doctest::skip(bundled())) {
  if (no_python()) return;
  for (const char* wrong : {"", "{}", R"({"costs": []})", R"({"costs": [{"arch": "a", "points": [{}]}]})"}) {
    const ProgramResult result = table_of(wrong);
    CAPTURE(result.error);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error, "predicted_vs_measured"));
  }
}

}  // namespace
}  // namespace graft::test
