#include "bench/python_script.h"

namespace graft::test {
namespace {

// Made up, as the program and the peers write them: runs on one side, a summary with its samples on the
// other.
constexpr const char* ours = R"({"context": {"graft_device": "cpu", "graft_threads": "2"}, "benchmarks": [
{"name": "inference/resnet18/batch:1/cpu/fp32/process_time/real_time", "run_type": "iteration", "real_time": 10, "time_unit": "ms", "peak_bytes": 52428800},
{"name": "inference/resnet18/batch:1/cpu/fp32/process_time/real_time", "run_type": "iteration", "real_time": 12, "time_unit": "ms", "peak_bytes": 52428800},
{"name": "inference/resnet18/batch:1/cpu/fp32/process_time/real_time_median", "run_type": "aggregate", "real_time": 11, "time_unit": "ms"},
{"name": "training_step/resnet18/head/batch:8/cpu/fp32/process_time/real_time", "run_type": "iteration", "real_time": 0.1, "time_unit": "s", "trainable_parameters": 513000},
{"name": "training_step/vgg16/all/batch:8/cpu/fp32/process_time/real_time", "run_type": "iteration", "error_occurred": true, "error_message": "no memory"},
{"name": "kernel/add/forward/tiny/onednn", "run_type": "iteration", "real_time": 1, "time_unit": "ms", "bytes": 10}]})";
constexpr const char* eager = R"({"context": {"version": "2.0"}, "benchmarks": [
{"name": "inference/resnet18/batch:1/cpu/fp32", "real_time": 33, "min": 30, "time_unit": "ms", "peak_bytes": 26214400, "samples": [36, 30, 33]},
{"name": "training_step/resnet18/head/batch:8/cpu/fp32", "real_time": 250, "min": 250, "time_unit": "ms", "trainable_parameters": 513000, "samples": [250]}]})";
constexpr const char* compiled = R"({"context": {"version": "2.0"}, "benchmarks": [
{"name": "training_step/resnet18/head/batch:8/cpu/fp32", "error_occurred": true, "error_message": "no working <compiler>"}]})";
constexpr const char* onnxruntime = R"({"context": {"version": "1.0"}, "benchmarks": [
{"name": "inference/resnet18/batch:1/cpu/fp32", "real_time": 11, "time_unit": "ms", "samples": [11, 11]}]})";

struct RawFiles {
  explicit RawFiles(const std::string& eager_text = eager) {
    for (const auto& [side, text] : {std::pair<std::string, std::string>{"ours", ours},
                                     {"eager", eager_text},
                                     {"compiled", compiled},
                                     {"onnxruntime", onnxruntime}}) {
      std::filesystem::create_directory(folder.path() / side);
      folder.write(side + "/1-resnet18.json", from_text(text));
    }
  }
  TemporaryFolder folder;
};

ProgramResult frozen_vs_finetuned(const Words& arguments) {
  return run_file(source_dir + "/bench/frozen_vs_finetuned", arguments);
}

TEST_CASE("bench: frozen_vs_finetuned makes its table and its plot from raw files" *
          doctest::skip(bundled())) {
  if (no_python()) return;
  const RawFiles raw;
  const ProgramResult result = frozen_vs_finetuned({"--table", raw.folder.path().string()});
  CAPTURE(result.out);
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  CHECK(read_text(raw.folder.path() / "table.md") == result.out);
  // Steps, least / median of each side that has a time, speed-ups of these, MiB.
  CHECK(row_of(result.out, "inference") == Words{"inference", "10.0 / 11.0", "30.0 / 33.0", "11.0 / 11.0",
                                                 "3.00 / 3.00", "1.10 / 1.00", "50.0", "25.0"});
  CHECK(row_of(result.out, "head") ==
        Words{"head", "100 / 100", "250 / 250", "-", "2.50 / 2.50", "-", "-", "-"});
  CHECK(row_of(result.out, "ResNet-18") == Words{"ResNet-18", "10.0 (3.00, 1.10)", "100 (2.50)"});
  for (const char* part :
       {"## ResNet-18, batch 8", "PyTorch 2.0; ONNX Runtime 1.0",
        "- PyTorch compiled: training_step/resnet18/head/batch:8/cpu/fp32: no working <compiler>",
        "- graft: training_step/vgg16/all/batch:8/cpu/fp32: no memory"})
    CHECK_MESSAGE(result.out.find(part) != std::string::npos, part);
  const std::string svg = read_text(raw.folder.path() / "plot.svg");
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.find("<title>ResNet-18, inference, 1, PyTorch: median 33 ms, least 30 ms</title>") !=
        std::string::npos);
  size_t dots = 0;
  for (size_t at = svg.find("<title>"); at != std::string::npos; at = svg.find("<title>", at + 1)) ++dots;
  CHECK(dots == 5);
}

TEST_CASE("bench: frozen_vs_finetuned refuses sides that train different parameters, and wrong calls" *
          doctest::skip(bundled())) {
  if (no_python()) return;
  std::string other = eager;
  other.replace(other.find("513000"), 6, "513001");
  const RawFiles raw, different(other);
  const std::string folder = raw.folder.path().string();
  for (const auto& [arguments, part] : std::initializer_list<std::pair<Words, const char*>>{
           {{"--table", different.folder.path().string()},
            "trainable parameters differ: graft 513000, PyTorch 513001"},
           {{"--table", folder + "/none"}, "no results of ours"},
           {{"--networks", "resnet19"}, "'resnet19' is none of"},
           {{"--points", "head,tail"}, "'tail' is none of"},
           {{"--batches", "8,0"}, "'0'"},
           {{"--rounds"}, "--rounds"}}) {
    const ProgramResult result = frozen_vs_finetuned(arguments);
    CAPTURE(result.error);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error, "frozen_vs_finetuned"));
    CHECK_MESSAGE(result.error.find(part) != std::string::npos, part);
  }
}

}  // namespace
}  // namespace graft::test
