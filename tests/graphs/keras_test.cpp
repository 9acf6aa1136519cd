#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "graphs/graph_run.h"
#include "graphs/hdf5_writer.h"
#include "support/test_data.h"
#include "transfer/image/preprocess.h"
#include "transfer/model/graph_import.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

// Of Keras 3.15.1 on TensorFlow 2.21: see samples/README.md.
const std::vector<float> small_logits{2.9083169f, -1.1722746f, -0.51811141f, -2.3977094f,
                                      5.3147292f, 0.94574666f, 1.4497293f};

bool has_note(const FileGraph& file, std::string_view part) {
  return std::any_of(file.notes.begin(), file.notes.end(),
                     [&](const std::string& note) { return note.find(part) != note.npos; });
}

TEST_CASE("keras: .keras and .h5 of one network have Keras's logits") {
  for (const char* name : {"small.keras", "small.h5"}) {
    CAPTURE(name);
    const FileGraph file = read_graph(sample_file(name));
    CHECK(file.format == "Keras");
    CHECK(file.name == "small");
    CHECK(relative_difference(run_graph(file, made_picture(file)).at(0), small_logits) < 1e-5);
    CHECK(head_of(file) == "head");
    CHECK(with_image_size(parse_preprocessing(file.preprocessing), 224) == parse_preprocessing("keras"));
    CHECK(has_note(file, "its layer flip (RandomFlip)"));
    CHECK(has_note(file, "its last softmax is left out"));
    CHECK(file.weights.contains("sep.depthwise.weight"));
    CHECK(file.weights.at("dw.weight").shape == Shape{16, 1, 3, 3});
    CHECK(file.weights.contains("stem_bn.running_var"));
    const auto points = freeze_points_of(file.graph, "head");
    CHECK(points.at(0) == std::vector<std::string>{"stem", "stem_bn"});
  }
}

TEST_CASE("keras: GELU, leaky and parametric ReLU, hard sigmoid, upsampling and layer norm are Keras's") {
  const FileGraph file = read_graph(sample_file("more.keras"));
  CHECK(relative_difference(run_graph(file, made_picture(file)).at(0),
                            {0.54731083f, -0.37520236f, 0.44837573f, -0.25448748f, 0.95663965f}) < 1e-5);
  CHECK(file.preprocessing.empty());
}

TEST_CASE("keras: --outputs ends the network where it says") {
  const FileGraph file =
      read_graph(sample_file("small.keras"), {.graph = "", .outputs = {"stem_relu", "max"}});
  CHECK(file.outputs == std::vector<std::string>{"stem_relu", "max"});
  CHECK(file.graph.find("head") == -1);
  const auto results = run_graph(file, made_picture(file));
  CHECK(results.at(0).size() == 8 * 8 * 6);
  CHECK_THROWS_WITH_AS(read_graph(sample_file("small.h5"), {.graph = "", .outputs = {"nothing"}}),
                       doctest::Contains("--outputs nothing"), Error);
}

// The configuration stands as text in the file.
std::string changed(const std::string& bytes, std::string_view from, std::string_view to) {
  std::string out = bytes;
  REQUIRE(from.size() == to.size());
  const size_t place = out.find(from);
  REQUIRE(place != out.npos);
  return out.replace(place, from.size(), to);
}

TEST_CASE("keras: what there is no layer for is named") {
  const std::string bytes = file_content(sample_file("small.h5"));
  CHECK(graph_refusal(changed(bytes, "SeparableConv2D", "SeparableConv9D"))
            .find("'sep': graft has no layer for Keras's SeparableConv9D; --outputs NAME") !=
        std::string::npos);
  CHECK(graph_refusal(changed(bytes, "channels_last", "channels_lost")).find("is not channels_last") !=
        std::string::npos);
  CHECK(graph_refusal(changed(bytes, "\"silu\"", "\"sulu\"")).find("'act': its activation 'sulu'") !=
        std::string::npos);
  CHECK(graph_refusal(changed(bytes, "[\"stem_bn\", 0, 0]", "[\"stem_bx\", 0, 0]")).find("layer 'stem_bx'") !=
        std::string::npos);
  // Whoever reads itself is never ready.
  CHECK(
      graph_refusal(changed(bytes, "[\"stem_bn\", 0, 0]", "[\"head\", 0, 0]   ")).find("waits for itself") !=
      std::string::npos);
}

// Weights alone, as Keras 2 saves them, with the published names of layers.
std::string weights_only() {
  Hdf5Writer out;
  out.texts("", "layer_names", {"conv1", "relu", "dw", "fc"}, Hdf5Writer::Text::fixed);
  out.texts("conv1", "weight_names", {"conv1/kernel:0", "conv1/bias:0"}, Hdf5Writer::Text::fixed);
  out.texts("dw", "weight_names", {"dw/depthwise_kernel:0"});
  out.texts("fc", "weight_names", {"fc/kernel:0"});
  out.group("relu");
  std::vector<float> values(24);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  out.dataset("conv1/conv1/kernel:0", {1, 2, 3, 4}, values);
  out.dataset("conv1/conv1/bias:0", {4}, values);
  out.dataset("dw/dw/depthwise_kernel:0", {2, 2, 3, 2}, values);
  out.dataset("fc/fc/kernel:0", {6, 4}, values);
  return out.bytes();
}

TEST_CASE("keras: weights alone become named tensors in the published layout") {
  const TensorFile file = std::get<TensorFile>(read_graph_copy(weights_only()));
  CHECK(file.format() == "keras");
  const auto check = [&](const char* name, const Shape& shape, auto at) {
    CAPTURE(name);
    CHECK(file.at(name).shape == shape);
    const std::vector<float> values = values_of(file, name);
    size_t place = 0;
    for (int64_t a = 0; a < shape[0]; ++a)
      for (int64_t b = 0; b < shape[1]; ++b)
        for (int64_t h = 0; h < (shape.rank() > 2 ? shape[2] : 1); ++h)
          for (int64_t w = 0; w < (shape.rank() > 2 ? shape[3] : 1); ++w)
            CHECK(values[place++] == static_cast<float>(at(a, b, h, w)));
  };
  check("conv1.weight", {4, 3, 1, 2}, [](auto o, auto i, auto, auto w) { return w * 12 + i * 4 + o; });
  check("dw.weight", {6, 1, 2, 2}, [](auto o, auto, auto h, auto w) { return h * 12 + w * 6 + o; });
  check("fc.weight", {4, 6}, [](auto o, auto i, auto, auto) { return i * 4 + o; });
  CHECK(values_of(file, "conv1.bias") == std::vector<float>{0, 1, 2, 3});
  // A norm with three of its four variables may lack either.
  CHECK(graph_refusal(file_content(sample_file("small.weights.h5"))).find("3 of the 4 variables") !=
        std::string::npos);
}

TEST_CASE("keras: groups within themselves are refused") {
  Hdf5Writer out;
  out.group("layers/model");
  out.link("layers", "layers/model/layers");
  out.group("layers/model/vars");
  CHECK(graph_refusal(out.bytes()).find("nested more than") != std::string::npos);
}

// An error of one line, or a file that reads.
void check_damage(std::string bytes, size_t step) {
  size_t refused = 0, tried = 0;
  for (size_t place = 0; place < bytes.size(); place += step)
    for (const char change : {'\x01', '\x10', '\xff'}) {
      const char before = bytes[place];
      bytes[place] = static_cast<char>(before ^ change);
      const std::string why = graph_refusal(bytes);
      CHECK(why.find('\n') == std::string::npos);
      refused += !why.empty();
      bytes[place] = before;
      ++tried;
    }
  for (size_t size = 0; size < bytes.size(); size += step * 4)
    CHECK_FALSE(graph_refusal(bytes.substr(0, size)).empty());
  CHECK(tried > 500);
  CHECK(refused > 0);
}

TEST_CASE("keras: damaged files are refused or read, never worse") {
  check_damage(weights_only(), 7);
  check_damage(file_content(sample_file("small.h5")), 131);
  check_damage(file_content(sample_file("small.keras")), 211);
}

TEST_CASE("keras: MobileNet V1's published weights give TensorFlow's probabilities") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const FileGraph file = read_graph(data / "formats/h5/mobilenet_v1_0.25_224.h5");
  const std::vector<float> logits = run_graph(file, made_picture(file)).at(0);
  REQUIRE(logits.size() == 1000);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit});
  // keras.applications.MobileNet with these weights, TensorFlow 2.21.
  const std::pair<size_t, double> expected[] = {
      {904, 0.349005}, {905, 0.17280132}, {858, 0.13537048}, {753, 0.04661395}, {489, 0.02895354}};
  for (const auto& [place, probability] : expected)
    CHECK(std::exp(double{logits[place]}) / sum == doctest::Approx(probability).epsilon(1e-5));
  CHECK(head_of(file) == "conv_preds");
  CHECK(file.usual_preprocessing == "keras");
}

}  // namespace
}  // namespace graft::test
