#include <doctest/doctest.h>

#include "end_to_end/program.h"
#include "support/paths.h"

namespace graft::test {
namespace {

using Words = std::vector<std::string>;

// Made up: a GPU's results as Google Benchmark writes them, three runs of one case, and one that failed.
constexpr const char* results = R"({"context": {}, "benchmarks": [
{"name": "kernel/conv/forward/a.1/gemm/manual_time", "run_type": "iteration", "real_time": 2.0, "time_unit": "ms", "flops": 19.5e9, "bytes": 1e8},
{"name": "kernel/conv/forward/a.1/gemm/manual_time", "run_type": "iteration", "real_time": 4.0, "time_unit": "ms", "flops": 19.5e9, "bytes": 1e8},
{"name": "kernel/conv/forward/a.1/gemm/manual_time", "run_type": "iteration", "real_time": 5.0, "time_unit": "ms", "flops": 19.5e9, "bytes": 1e8},
{"name": "kernel/conv/forward/a.1/gemm/manual_time_mean", "run_type": "aggregate", "real_time": 3.7, "time_unit": "ms"},
{"name": "kernel/conv/forward/a.1/cudnn", "run_type": "iteration", "real_time": 2000, "time_unit": "us", "flops": 19.5e9, "bytes": 1e8},
{"name": "kernel/conv/forward/a.1/gemm_tf32", "run_type": "iteration", "real_time": 1, "time_unit": "ms", "flops": 19.5e9, "bytes": 1e8},
{"name": "kernel/add/forward/<b>&/simt", "run_type": "iteration", "real_time": 1.555, "time_unit": "s", "samples": [2, 1, 3], "bytes": 1555e9},
{"name": "kernel/conv/forward/c/gemm", "run_type": "iteration", "error_occurred": true, "error_message": "wrong result"},
{"name": "inference/resnet50", "run_type": "iteration", "real_time": 1, "time_unit": "ms"}]})";

struct Results {
  explicit Results(const char* text = results) { folder.write("results.json", from_text(text)); }
  std::string file() const { return (folder.path() / "results.json").string(); }
  TemporaryFolder folder;
};

ProgramResult table(const Words& arguments) { return run_file(source_dir + "/bench/table", arguments); }

// The words of the line that begins with `name`.
Words row(const std::string& text, const std::string& name) {
  Words words;
  const size_t at = text.find(name + ' ');
  if (at == std::string::npos) return words;
  std::istringstream line(text.substr(at, text.find('\n', at) - at));
  for (std::string word; line >> word;) words.push_back(word);
  return words;
}

TEST_CASE("bench: the table has medians, rates, shares of the roof and ratios to the vendor" *
          doctest::skip(bundled())) {
  const Results sample;
  const ProgramResult result = table({"--gpu", "a100", sample.file()});
  CAPTURE(result.out);
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  const std::string conv = "kernel/conv/forward/a.1/";
  CHECK(row(result.out, conv + "gemm") == Words{conv + "gemm", "3", "4", "2", "4.875", "25", "25.0", "2.00"});
  CHECK(row(result.out, conv + "cudnn") ==
        Words{conv + "cudnn", "1", "2", "2", "9.75", "50", "50.0", "1.00"});
  CHECK(row(result.out, conv + "gemm_tf32") ==
        Words{conv + "gemm_tf32", "1", "1", "1", "19.5", "100", "12.5", "-"});
  CHECK(row(result.out, "kernel/add/forward/<b>&/simt") ==
        Words{"kernel/add/forward/<b>&/simt", "3", "2000", "1000", "-", "777.5", "50.0", "-"});
  CHECK(result.out.find("inference") == std::string::npos);
  CHECK(result.error.find("wrong result") != std::string::npos);
}

TEST_CASE("bench: the plot has a dot for each result with arithmetic, and its roofs" *
          doctest::skip(bundled())) {
  const Results sample;
  const std::string file = (sample.folder.path() / "plot.svg").string();
  REQUIRE(table({"--roof", "1e13,1e12", "--svg", file, sample.file()}).status == 0);
  const std::string svg = read_text(file);
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.find("href") == std::string::npos);
  CHECK(svg.find("<title>kernel/conv/forward/a.1/gemm: 4.875 TFLOP/s, 195 FLOP/byte, median 4 ms</title>") !=
        std::string::npos);
  CHECK(svg.find("fp32 10 TFLOP/s") != std::string::npos);
  size_t dots = 0;
  for (size_t at = svg.find("<title>"); at != std::string::npos; at = svg.find("<title>", at + 1)) ++dots;
  CHECK(dots == 3);
}

TEST_CASE("bench: what the table cannot read or was not given is one line and status 2" *
          doctest::skip(bundled())) {
  const Results sample, broken("{\"benchmarks\": [{}]}"), none("{\"benchmarks\": []}"), text("no json");
  const std::string file = (sample.folder.path() / "plot.svg").string();
  for (const auto& [arguments, part] : std::initializer_list<std::pair<Words, const char*>>{
           {{broken.file()}, "not a benchmark's JSON"},
           {{text.file()}, "not a benchmark's JSON"},
           {{"/no/such/file.json"}, "/no/such/file.json"},
           {{none.file()}, "no result"},
           {{"--gpu", "z9", sample.file()}, "a100"},
           {{"--roof", "1e12", sample.file()}, "--roof 1e12"},
           {{"--roof", "0,1", sample.file()}, "--roof 0,1"},
           {{"--match", "(", sample.file()}, "--match ("},
           {{"--match", "a.1/cudnn", "--svg", file, sample.file()}, "--svg needs"}}) {
    const ProgramResult result = table(arguments);
    CAPTURE(result.error);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error, "table"));
    CHECK(result.error.find(part) != std::string::npos);
  }
}

}  // namespace
}  // namespace graft::test
