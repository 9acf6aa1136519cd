#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "graphs/onnx/onnx_sample.h"
#include "networks/network_run.h"
#include "networks/reference_weights.h"
#include "support/test_data.h"
#include "transfer/export/export.h"
#include "transfer/image/decode.h"
#include "transfer/model/graph_import.h"
#include "transfer/model/head.h"
#include "transfer/model/import.h"
#include "transfer/model/recognise.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

constexpr int small_side = 64;

bool fits(const Graph& graph, int side) {
  try {
    graph.shapes({1, side, side, graph.input_channels()});
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Small pictures: what is compared is the network, not its size. Adaptive pooling to more than one pixel
// wants its own, and Inception's filters are larger than what they would find in the smallest.
int side_of(const ModelData& model) {
  for (NodeId id = 1; id < model.graph.size(); ++id)
    for (const auto& [name, value] : model.graph[id].layer->attributes())
      if (name == "p" && std::get<int64_t>(value) > 1) return model.image_size;
  int side = small_side;
  while (!fits(model.graph, side)) side *= 2;
  return side;
}

ModelData untrained(std::string_view arch, int64_t classes) {
  ModelData model = describe(find_architecture(arch), classes);
  initialise_from_scratch(model, 1);
  // Statistics as training leaves them, so that norms do something.
  for (auto& [name, values] : model.weights)
    if (name.ends_with("running_mean"))
      values = HostTensor::from(values.shape, uniform(name, values.count()));
  model.image_size = side_of(model);
  return model;
}

std::vector<float> logits_of(const ModelData& model, const std::vector<float>& pixels) {
  const int64_t side = model.image_size;
  const int64_t c = model.graph.input_channels();
  return run_graph(model.graph, model.weights, {model.graph[model.graph.output()].name}, {1, side, side, c},
                   pixels)[0];
}

ModelData read_back(const std::vector<std::byte>& bytes) {
  return import_source(read_source(FileBytes{"back.onnx", bytes, nullptr}), {});
}

TEST_CASE("onnx: networks that are written and read again give equal logits under the same names") {
  int compared = 0;
  for (const Architecture& architecture : architectures()) {
    if (!is_tested(architecture.name)) continue;
    CAPTURE(architecture.name);
    ModelData model = untrained(architecture.name, 7);
    model.classes = {"a", "b", "c", "d", "e", "f", "g\xc3\xa9"};
    const ModelData back = read_back(onnx_bytes(model));
    CHECK(back.arch == model.arch);
    CHECK(back.classes == model.classes);
    CHECK(back.head == model.head);
    CHECK(back.image_size == model.image_size);
    CHECK(parse_preprocessing(back.preprocessing) == preprocessing_of(model));
    REQUIRE(back.weights.size() == model.weights.size());
    for (const auto& [name, values] : model.weights) CHECK(back.weights.at(name).count() == values.count());
    const std::vector<float> pixels = uniform("pixels", int64_t{model.image_size} * model.image_size * 3);
    const std::vector<float> expected = logits_of(model, pixels);
    CHECK(logits_of(back, pixels) == expected);
    CHECK(std::any_of(expected.begin(), expected.end(), [](float v) { return v != 0; }));
    ++compared;
  }
  CHECK(compared >= 4);
}

TEST_CASE("onnx: preprocessing may be a part of the network") {
  for (const char* preprocessing : {"torchvision", "caffe"}) {
    CAPTURE(preprocessing);
    ModelData model = untrained("squeezenet1_1", 5);
    model.preprocessing = preprocessing;
    const ModelData back = read_back(onnx_bytes(model, {.preprocessing = true}));
    const Preprocessing ours = preprocessing_of(model), theirs = parse_preprocessing(back.preprocessing);
    CHECK(theirs.mean == std::array<float, 3>{0, 0, 0});
    CHECK(theirs.std == std::array<float, 3>{1, 1, 1});
    CHECK_FALSE(theirs.bgr);
    CHECK(theirs.resize_shorter == ours.resize_shorter);

    std::vector<float> pixels = uniform("picture", small_side * small_side * 3), normalised(pixels.size());
    for (float& pixel : pixels) pixel = std::floor((pixel + 1) * 127);
    for (size_t i = 0; i < pixels.size(); ++i) {
      const size_t channel = i % 3, from = ours.bgr ? i - channel + 2 - channel : i;
      normalised[i] = (pixels[from] - ours.mean[channel]) / ours.std[channel];
    }
    const std::vector<float> got = logits_of(back, pixels), expected = logits_of(model, normalised);
    REQUIRE(got.size() == expected.size());
    for (size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-4));
  }
}

// The share of the photographs in a folder that the network answers with `index`.
void count_answers(const ModelData& model, const fs::path& folder, int64_t index, int& right, int& all) {
  const Preprocessing preprocessing = preprocessing_of(model);
  const int64_t size = preprocessing.crop;
  std::vector<fs::path> photos;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) photos.push_back(entry.path());
  std::sort(photos.begin(), photos.end());
  if (!full_suite()) photos.resize(std::min<size_t>(photos.size(), 12));
  for (const fs::path& photo : photos) {
    std::vector<float> pixels(static_cast<size_t>(size * size * 3));
    preprocess(decode_file(photo), preprocessing, pixels.data());
    const std::vector<float> logits = run_graph(
        model.graph, model.weights, {model.graph[model.graph.output()].name}, {1, size, size, 3}, pixels)[0];
    right += std::max_element(logits.begin(), logits.end()) - logits.begin() == index;
    ++all;
  }
}

TEST_CASE("onnx: a real network in float16 knows ants, bees and daisies") {
  GRAFT_REQUIRE_TEST_DATA(data);
  ImportOptions options;
  options.preprocess = "caffe";
  const ModelData model = import_source(read_source(data / "formats/onnx/SqueezeNet_fp16.onnx"), options);
  CHECK(model.output_count() == 1000);
  CHECK(model.graph.shapes({1, 224, 224, 3}).back() == Shape{1, 1000});
  int right = 0, all = 0;
  count_answers(model, data / "images/hymenoptera/val/ants", 310, right, all);
  count_answers(model, data / "images/hymenoptera/val/bees", 309, right, all);
  count_answers(model, data / "images/flower_photos_small_set/daisy", 985, right, all);
  MESSAGE("SqueezeNet 1.1 in float16: ", right, " of ", all, " photographs of ants, bees and daisies, top 1");
  CHECK(right * 2 > all);
}

TEST_CASE("onnx: a detector is read up to where boxes are computed") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const fs::path file = data / "formats/ultraface/version-RFB-320.onnx";
  CHECK_THROWS_WITH_AS(read_source(file), doctest::Contains("--outputs"), Error);
  const FileGraph net = std::get<FileGraph>(read_source(file, {.graph = {}, .outputs = {"435", "447"}}));
  CHECK(net.height == 240);
  CHECK(net.width == 320);
  REQUIRE(net.outputs == std::vector<std::string>{"classification_headers.3", "regression_headers.3"});
  const std::vector<Shape> shapes = net.graph.shapes({1, 240, 320, 3});
  CHECK(shapes[net.graph.find(net.outputs[0])] == Shape{1, 4, 5, 6});
  CHECK(shapes[net.graph.find(net.outputs[1])] == Shape{1, 4, 5, 12});
  CHECK(net.weights.contains("base_net.0.0.weight"));
}

}  // namespace
}  // namespace graft::test
