#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "graphs/graph_run.h"
#include "support/test_data.h"
#include "transfer/graphs/tflite/tflite_model.h"
#include "transfer/graphs/tflite/tflite_names.h"
#include "transfer/image/preprocess.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

std::vector<double> softmax(const std::vector<float>& logits) {
  std::vector<double> out;
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit});
  for (const float logit : logits) out.push_back(std::exp(double{logit}) / sum);
  return out;
}

TEST_CASE("tflite: a converted network has Keras's logits") {
  const FileGraph file = read_graph(sample_file("small.tflite"));
  // Of Keras 3.15.1 on TensorFlow 2.21: see samples/README.md.
  const std::vector<float> logits{4.6865144f,   0.43998173f, -5.2507567f, 0.12819779f,
                                  -0.19041437f, 1.1626588f,  2.143877f};
  CHECK(relative_difference(run_graph(file, made_picture(file)).at(0), logits) < 1e-5);
  const Preprocessing pixels = parse_preprocessing(file.preprocessing);
  CHECK(pixels.mean[0] == doctest::Approx(127.5));
  CHECK(pixels.std[2] == doctest::Approx(127.5));
  CHECK(head_of(file) == "small_1.head_1");
}

TEST_CASE(
    "tflite: GELU, leaky and parametric ReLU, dilation, scales by channel and resizing are TensorFlow's") {
  const FileGraph file = read_graph(sample_file("more.tflite"));
  CHECK(relative_difference(run_graph(file, made_picture(file)).at(0),
                            {-0.39603943f, 4.6608953f, 0.0028558001f, -1.153931f, 2.5633421f}) < 1e-5);
}

TEST_CASE("tflite: of a quantised network the numbers that its integers stand for") {
  const FileGraph file = read_graph(sample_file("small.int8.tflite"));
  const std::vector<double> found = softmax(run_graph(file, made_picture(file)).at(0));
  // TensorFlow Lite's own integer arithmetic, rounded to 1/256 at the end.
  const std::vector<double> expected{0.85546875, 0.015625, 0, 0.0078125, 0.0078125, 0.02734375, 0.08203125};
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(found[i] - expected[i]) < 0.03);
  CHECK(std::any_of(file.notes.begin(), file.notes.end(), [](const std::string& note) {
    return note == "its weights are quantised; graft computes with the numbers they stand for";
  }));
}

TEST_CASE("tflite: names of layers out of those of tensors") {
  CHECK(tflite_layer_name("MobilenetV1/Conv2d_0/weights") == "MobilenetV1.Conv2d_0");
  CHECK(tflite_layer_name("m/conv/Conv2D;m/bn/FusedBatchNormV3") == "m.conv");
  CHECK(tflite_layer_name("Identity") == "Identity");
  CHECK(tflite_op_name(117) == "HARD_SWISH");
  CHECK(tflite_op_name(999) == "op 999");
}

// A file of one convolution 1x1 without options where wrong ones are wanted.
struct Sample {
  flatbuffers::FlatBufferBuilder out;
  int op = 3;
  std::vector<float> scales;
  std::vector<int32_t> input_shape{1, 2, 2, 1};
  int weight = 1;

  std::string bytes() {
    const std::vector<int8_t> integers{10, 20};
    const std::vector<uint8_t> data(integers.begin(), integers.end());
    const auto buffers = out.CreateVector(
        std::vector{tflite::CreateBuffer(out), tflite::CreateBuffer(out, out.CreateVector(data))});
    const auto quantization = tflite::CreateQuantization(
        out, 0, 0, out.CreateVector(scales), out.CreateVector(std::vector<int64_t>(scales.size(), -2)));
    const std::vector<int32_t> weight_shape{2, 1, 1, 1}, output_shape{1, 2, 2, 2};
    const auto tensor = [&](const std::vector<int32_t>& shape, int8_t type, uint32_t buffer, const char* name,
                            flatbuffers::Offset<tflite::Quantization> q) {
      return tflite::CreateTensor(out, out.CreateVector(shape), type, buffer, out.CreateString(name), q);
    };
    const auto tensors = out.CreateVector(std::vector{tensor(input_shape, 0, 0, "in", 0),
                                                      tensor(weight_shape, 9, 1, "c/weights", quantization),
                                                      tensor(output_shape, 0, 0, "c/out", 0)});
    const auto options = tflite::CreateConv2D(out, 1, 1, 1);
    const auto node = tflite::CreateOperator(out, 0, out.CreateVector(std::vector<int32_t>{0, weight}),
                                             out.CreateVector(std::vector<int32_t>{2}),
                                             tflite::Options::Conv2D, options.Union());
    const auto graph = tflite::CreateSubGraph(out, tensors, out.CreateVector(std::vector<int32_t>{0}),
                                              out.CreateVector(std::vector<int32_t>{2}),
                                              out.CreateVector(std::vector{node}));
    const auto code = tflite::CreateOperatorCode(out, static_cast<int8_t>(op));
    tflite::FinishModelBuffer(out, tflite::CreateModel(out, 3, out.CreateVector(std::vector{code}),
                                                       out.CreateVector(std::vector{graph}), 0, buffers));
    return {reinterpret_cast<const char*>(out.GetBufferPointer()), out.GetSize()};
  }
};

TEST_CASE("tflite: integers are scaled for all or by channel") {
  Sample sample;
  sample.scales = {0.5f, 0.25f};
  const FileGraph file = std::get<FileGraph>(read_graph_copy(sample.bytes()));
  const HostTensor& weight = file.weights.at("c.weight");
  CHECK(weight.shape == Shape{2, 1, 1, 1});
  CHECK(weight.data[0] == 6);    // (10 + 2) / 2
  CHECK(weight.data[1] == 5.5);  // (20 + 2) / 4
  Sample same;
  same.scales = {0.5f};
  CHECK(std::get<FileGraph>(read_graph_copy(same.bytes())).weights.at("c.weight").data[1] == 11);
}

TEST_CASE("tflite: what is wrong or has no layer is named") {
  const auto refusal = [](auto change) {
    Sample sample;
    sample.scales = {1};
    change(sample);
    return graph_refusal(sample.bytes());
  };
  CHECK(refusal([](Sample& s) { s.op = 28; }) ==
        "sample: 'c.out': graft has no layer for TensorFlow Lite's TANH; --outputs NAME may end the network "
        "before it");
  CHECK(refusal([](Sample& s) {
          s.scales = {1, 2, 3};
        }).find("3 scales along axis 0 of [2,1,1,1]") != std::string::npos);
  CHECK(refusal([](Sample& s) { s.scales = {}; }).find("integers without a scale") != std::string::npos);
  CHECK(refusal([](Sample& s) { s.weight = 7; }).find("refers to tensor 7 of 3") != std::string::npos);
  CHECK(refusal([](Sample& s) { s.weight = 2; }).find("which no node before it makes") != std::string::npos);
  CHECK(refusal([](Sample& s) { s.input_shape = {1, 1 << 20, 1 << 20, 1}; }) != "");
  CHECK(refusal([](Sample& s) { s.input_shape = {1, -5, 2, 1}; }) != "");
}

TEST_CASE("tflite: damaged files are refused or read, never worse") {
  for (const char* name : {"small.tflite", "small.int8.tflite"}) {
    CAPTURE(name);
    std::string bytes = file_content(sample_file(name));
    size_t refused = 0, tried = 0;
    for (size_t place = 0; place < bytes.size(); place += 29)
      for (const char change : {'\x01', '\x10', '\xff'}) {
        bytes[place] = static_cast<char>(bytes[place] ^ change);
        const std::string why = graph_refusal(bytes);
        CHECK(why.find('\n') == std::string::npos);
        refused += !why.empty();
        ++tried;
        bytes[place] = static_cast<char>(bytes[place] ^ change);
      }
    for (size_t size = 0; size < bytes.size(); size += 97)
      CHECK_FALSE(graph_refusal(bytes.substr(0, size)).empty());
    CHECK(tried > 1000);
    CHECK(refused > 0);
  }
}

TEST_CASE("tflite: MobileNet V1's published file gives TensorFlow Lite's probabilities") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const FileGraph file = read_graph(data / "formats/tflite/mobilenet_v1_0.25_224_1_default_1.tflite");
  const std::vector<double> found = softmax(run_graph(file, made_picture(file)).at(0));
  REQUIRE(found.size() == 1001);
  // tf.lite.Interpreter of TensorFlow 2.21.
  const std::pair<size_t, double> expected[] = {
      {905, 0.24215417}, {906, 0.06386486}, {795, 0.05699854}, {633, 0.02692704}, {754, 0.02332876}};
  for (const auto& [place, probability] : expected)
    CHECK(found[place] == doctest::Approx(probability).epsilon(1e-5));
  CHECK(head_of(file) == "MobilenetV1.Logits.Conv2d_1c_1x1");
}

// A detector of faces, its eight convolutions before the reshapes that graft has no layer for.
TEST_CASE("tflite: UltraFace gives TensorFlow Lite's boxes and scores") {
  GRAFT_REQUIRE_TEST_DATA(data);
  SourceOptions options;
  for (const char* kind : {"cls", "reg"})
    for (const char* part : {"0_sep_convbias", "1_sep_convbias", "2_sep_convbias", "3_convbias"})
      options.outputs.push_back(std::string("functional_1.") + kind + "_" + part);
  const FileGraph file =
      read_graph(data / "formats/ultraface/version-RFB-320_without_postprocessing.tflite", options);
  std::vector<float> scores, boxes;  // of each anchor 2 and 4
  const auto results = run_graph(file, made_picture(file));
  for (size_t i = 0; i < 8; ++i) {
    std::vector<float>& to = i < 4 ? scores : boxes;
    to.insert(to.end(), results.at(i).begin(), results.at(i).end());
  }
  REQUIRE(boxes.size() == 4420 * 4);
  struct Anchor {
    size_t place;
    std::vector<float> box;
    double score;
  };
  // tf.lite.Interpreter of TensorFlow 2.21.
  for (const Anchor& expected :
       {Anchor{0, {0.1090687f, -0.2828131f, -5.045735f, -3.536228f}, 0.06812503},
        Anchor{1800, {-0.1178665f, -1.148184f, -4.949033f, -3.235986f}, 0.05502745},
        Anchor{3600, {0.04834177f, 0.1062667f, -0.2075399f, -0.2877274f}, 0.03505044},
        Anchor{4200, {0.5179083f, 0.2337683f, 0.2580509f, 0.07538842f}, 0.02547015},
        Anchor{4419, {-0.2715676f, -0.5185178f, -1.06213f, -0.765362f}, 0.04060752}}) {
    CAPTURE(expected.place);
    const float* box = &boxes[expected.place * 4];
    CHECK(relative_difference({box, box + 4}, expected.box) < 2e-5);
    const float* score = &scores[expected.place * 2];
    CHECK(softmax({score, score + 2})[1] == doctest::Approx(expected.score).epsilon(1e-4));
  }
}

}  // namespace
}  // namespace graft::test
