#include <doctest/doctest.h>

#include <algorithm>

#include "end_to_end/program.h"
#include "kernels/host_vectors.h"
#include "support/paths.h"

namespace graft::test {
namespace {

using Words = std::vector<std::string>;

ProgramResult bench(const Words& arguments) { return run_file(build_dir + "/bin/bench", arguments); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("bench: a shape on the emulated device is verified, and its launches are described" *
          doctest::skip(bundled())) {
  const ProgramResult result = bench({"--op", "conv", "--shape", "h14c32r3p1", "--device", "emulated",
                                      "--gpu", "a100", "--method", "direct"});
  CAPTURE(result.error);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  // 14 * 14 * 32 outputs of 3 * 3 * 32 products; x, w and y.
  for (const char* part :
       {"conv forward n1h14w14c32k32r3s3p1 fp32 on emulated:sm_80", "0.003613 GFLOP, 0.08704 MB",
        "41.51 FLOP/byte", "roof of a100 in fp32: 0.1853 us, set by arithmetic",
        "direct: equal to the definition at 100 places", "conv_forward_direct: grid 7, block 256",
        "conv_forward_direct_kernel<4>: ", " registers, 0 bytes spilled", "blocks a multiprocessor"})
    CHECK_MESSAGE(has(result.out, part), part);
  if (GRAFT_CHECKED) CHECK(has(result.out, "global requests: "));
}

TEST_CASE("bench: every pass and op is computed on the emulated device" * doctest::skip(bundled())) {
  for (const Words& words : {Words{"conv", "backward_data", "h8c32r3p1"},
                             {"conv", "backward_weights", "h8c32r3p1e1u2"},
                             {"conv", "forward", "h9c32g32r3d2"},
                             {"dense", "forward", "n8c64k32"},
                             {"dense", "backward_data", "n8c64k32"},
                             {"dense", "backward_weights", "n8c64k32"},
                             {"add", "forward", "h4"},
                             {"activation", "forward", "h4"},
                             {"activation", "backward", "h4"},
                             {"copy", "forward", "h4"},
                             {"max_pool", "forward", "h8p1u2"},
                             {"layer_norm", "forward", "h4"},
                             {"layer_norm", "backward", "h4"},
                             {"local_response_norm", "forward", "h4"},
                             {"local_response_norm", "backward", "h4"},
                             {"prelu", "forward", "h4"},
                             {"prelu", "backward", "h4"},
                             {"channel_scale", "forward", "h4"},
                             {"channel_scale", "backward", "h4"},
                             {"channel_shuffle", "forward", "h4"},
                             {"upsample", "forward", "h4"},
                             {"upsample", "backward", "h4u3"}}) {
    CAPTURE(words[0] + " " + words[1] + " " + words[2]);
    const ProgramResult result = bench({"--op", words[0], "--pass", words[1], "--shape", words[2], "--device",
                                        "emulated:sm_90a", "--precision", "tf32", "--json"});
    CAPTURE(result.error);
    CHECK(result.status == 0);
    CHECK(has(result.out, "\"registers\": "));
    CHECK(!has(result.out, "\"kernel\": \"\""));
    if (GRAFT_CHECKED) CHECK(has(result.out, "\"same_kernels_counted\": true"));
  }
}

TEST_CASE("bench: as many launches are timed on the CPU as were asked for" * doctest::skip(bundled())) {
  const ProgramResult result =
      bench({"--op=dense", "--shape=n4c16k8", "--method=reference", "--launches=5", "--graft_threads=1"});
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  CHECK(has(result.out, "all equal to the definition"));
  const std::string samples = result.out.substr(result.out.find("samples in ms"));
  CHECK(std::count(samples.begin(), samples.end(), '\n') == 6);
  const ProgramResult json =
      bench({"--op", "dense", "--shape", "n4c16k8", "--launches", "3", "--graft_threads", "1", "--json"});
  REQUIRE(json.status == 0);
  CHECK(json_number(json.out, "flops") == 2 * 4 * 16 * 8);
  CHECK(json_number(json.out, "bytes") == 4 * (4 * 16 + 16 * 8 + 4 * 8));
  CHECK(json_number(json.out, "min") > 0);
}

TEST_CASE("bench: what is transformed is equal but for its rounding" * doctest::skip(bundled())) {
  if (widest_vector_bytes() < 64) {
    MESSAGE("skipped: Winograd's products are for processors with AVX-512");
    return;
  }
  for (const char* pass : {"forward", "backward_data", "backward_weights"}) {
    const ProgramResult result =
        bench({"--op", "conv", "--pass", pass, "--shape", "n3h18c32k48r3p1", "--method", "winograd_host",
               "--launches", "1", "--graft_threads", "2"});
    CAPTURE(result.error);
    CHECK(result.status == 0);
    CHECK(has(result.out, "all equal to the definition at 100 places"));
  }
}

TEST_CASE("bench: wrong calls are one line and status 2" * doctest::skip(bundled())) {
  const std::pair<Words, Words> wrong[] = {
      {{"--op", "conv"}, {"--shape is missing", "n (images)"}},
      {{"--op", "convolution", "--shape", "h8"}, {"--op convolution", "conv"}},
      {{"--op", "conv", "--pass", "backwards", "--shape", "h8"}, {"--pass backwards", "backward_data"}},
      {{"--op", "conv", "--shape", "h8q1"}, {"'q'", "n (images)"}},
      {{"--op", "conv", "--shape", "resnet50.layer9"}, {"resnet50.layer9"}},
      {{"--op", "conv", "--shape", "h8", "--method", "winograd"},
       {"--method winograd", "onednn", "reference"}},
      {{"--op", "conv", "--shape", "h8", "--device", "emulated", "--method", "depthwise"},
       {"depthwise", "refuses"}},
      {{"--op", "conv", "--shape", "h3r5"}, {"filter"}},
      {{"--op", "conv", "--shape", "c64g7"}, {"groups"}},
      {{"--op", "conv", "--shape", "n65536h65536c64"}, {"elements"}},
      {{"--op", "conv", "--shape", "n4h64c1048576k1048576"}, {"elements"}},
      {{"--op", "dense", "--shape", "n1048576c16777216"}, {"elements"}},
      {{"--op", "max_pool", "--shape", "h8r2p2"}, {"window"}},
      {{"--op", "conv", "--shape", "h8", "--gpu", "a100"}, {"--gpu"}},
      {{"--op", "conv", "--shape", "h8", "--device", "emulated", "--gpu", "z9"}, {"z9", "a100", "h100"}},
      {{"--op", "conv", "--shape", "h8", "--device", "emulated", "--gpu", "h100"}, {"sm_90a"}},
      {{"--op", "conv", "--shape", "h8", "--device", "checked"}, {"emulated"}},
      {{"--op", "conv", "--shape", "h8", "--launches", "0"}, {"--launches"}},
      {{"--shape", "h8"}, {"--op"}},
      {{"--batches", "8,x"}, {"--batches x"}},
      {{"--json=yes"}, {"--json"}},
      {{"--op"}, {"--op needs a value"}},
  };
  for (const auto& [arguments, parts] : wrong) {
    const ProgramResult result = bench(arguments);
    CAPTURE(result.error);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error, "bench"));
    for (const std::string& part : parts) CHECK_MESSAGE(has(result.error, part), part);
  }
}

TEST_CASE("bench: the named cases hold every network's layers, and the library's flags pass" *
          doctest::skip(bundled())) {
  const ProgramResult result = bench({"--benchmark_list_tests", "--benchmark_filter=^kernel/"});
  REQUIRE(result.status == 0);
  for (const char* part :
       {"kernel/conv/forward/resnet50.layer1.0.conv2/", "kernel/conv/backward_weights/vgg16.features.0/",
        "kernel/dense/forward/vgg16.classifier.3/", "/mobilenet_v2.features.", "/efficientnet_lite0.",
        "kernel/conv/forward/tiny.3x3/implicit_gemm_emulated"})
    CHECK_MESSAGE(has(result.out, part), part);
  CHECK(!has(result.out, "inference/"));
}

TEST_CASE("bench: whole networks are listed at every freeze point, with as many images as asked for" *
          doctest::skip(bundled())) {
  const auto listed = [](const Words& more) {
    const ProgramResult result =
        bench(with({"--benchmark_list_tests", "--benchmark_filter=^(inference|training_step)/"}, more));
    REQUIRE(result.status == 0);
    return result.out;
  };
  const std::string usual = listed({}), asked = listed({"--batches", "8,64"});
  for (const std::string arch :
       {"efficientnet_lite0", "mobilenet_v2", "resnet18", "resnet50", "squeezenet1_1", "vgg16"}) {
    for (const std::string point : {"head", "last:1", "last:3", "all", "cached"})
      CHECK(has(usual, "training_step/" + arch + "/" + point + "/batch:32/cpu/fp32"));
    for (const std::string batch : {"1", "8", "64"})
      CHECK(has(asked, "inference/" + arch + "/batch:" + batch + "/cpu/fp32"));
    CHECK(has(asked, "training_step/" + arch + "/head/batch:64/"));
  }
  CHECK(!has(usual, "batch:8/"));
  CHECK(!has(asked, "batch:32/"));
  CHECK(!has(asked, "training_step/resnet18/head/batch:1/"));
}

TEST_CASE("bench: a training step tells its memory and what it trains" * doctest::skip(bundled())) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "steps.json").string();
  REQUIRE(bench({"--batches", "1", "--benchmark_filter=^training_step/squeezenet1_1/(head|all)/",
                 "--benchmark_min_time=0.0001", "--benchmark_out_format=json", "--benchmark_out=" + file})
              .status == 0);
  const std::string json = read_text(file), all = json.substr(json.find("squeezenet1_1/all"));
  CHECK(json_number(json, "trainable_parameters") == 513000);
  CHECK(json_number(all, "trainable_parameters") == 1235496);
  CHECK(json_number(json, "peak_bytes") > 4 * 1235496);
  CHECK(json_number(all, "peak_bytes") > json_number(json, "peak_bytes"));
}

}  // namespace
}  // namespace graft::test
