#include <doctest/doctest.h>

#include <cstring>

#include "engine/check.h"
#include "layers/registry.h"
#include "transfer/model/head.h"
#include "transfer/model/host_tensors.h"
#include "transfer/model/import.h"
#include "transfer/model/model_file.h"
#include "transfer/model/recognise.h"
#include "transfer/weights/safetensors.h"

namespace graft {
namespace {

ModelData squeezenet(int64_t classes = 4) {
  ModelData model = describe(find_architecture("squeezenet1_1"), classes);
  initialise_from_scratch(model, 9);
  return model;
}

TensorFile file_of(const std::vector<std::byte>& bytes) { return read_tensor_bytes(bytes, nullptr, "test"); }

// The file's bytes with one text exchanged for another of the same length.
std::vector<std::byte> exchanged(std::vector<std::byte> bytes, const std::string& from,
                                 const std::string& to) {
  REQUIRE(from.size() == to.size());
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  std::memcpy(bytes.data() + at, to.data(), to.size());
  return bytes;
}

TEST_CASE("model file: everything comes back") {
  ModelData model = squeezenet();
  swap_head(model, {"ant", "bee", "w\u00e4sp \"x\""}, 1);
  model.graph.set_trainable(3, false);
  model.preprocessing = "127/128/256/224/bicubic";
  model.image_size = 96;
  const std::vector<std::byte> bytes = model_bytes(model);
  CHECK(model_bytes(model) == bytes);
  const ModelData back = read_model(file_of(bytes));
  CHECK(back.arch == "squeezenet1_1");
  CHECK(back.classes == model.classes);
  CHECK(back.preprocessing == model.preprocessing);
  CHECK(back.image_size == 96);
  CHECK(back.head == model.head);
  REQUIRE(back.graph.size() == model.graph.size());
  for (NodeId id = 1; id < back.graph.size(); ++id) {
    CHECK(back.graph[id].name == model.graph[id].name);
    CHECK(back.graph[id].inputs == model.graph[id].inputs);
    CHECK(back.graph[id].trainable == model.graph[id].trainable);
    CHECK(back.graph[id].layer->attributes() == model.graph[id].layer->attributes());
  }
  for (const auto& [name, tensor] : model.weights)
    CHECK(std::memcmp(tensor.data, back.weights.at(name).data, tensor.count() * sizeof(float)) == 0);
  CHECK(model_bytes(back) == bytes);
}

TEST_CASE("model file: every layer of every architecture can be made again from its attributes") {
  int layers = 0;
  for (const Architecture& arch : architectures()) {
    const Graph graph = arch.build(5);
    for (NodeId id = 1; id < graph.size(); ++id, ++layers) {
      const Layer& layer = *graph[id].layer;
      const LayerPtr again = make_layer(layer.type(), layer.attributes());
      CHECK(again->attributes() == layer.attributes());
      CHECK(again->type() == layer.type());
    }
  }
  CHECK(layers > 1000);
}

TEST_CASE("model file: a newer version names both numbers") {
  const std::vector<std::byte> newer =
      exchanged(model_bytes(squeezenet()), "\"graft.version\":\"1\"", "\"graft.version\":\"7\"");
  try {
    read_model(file_of(newer));
    FAIL("was read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::version);
    CHECK(std::string(error.what()).find("7") != std::string::npos);
    CHECK(std::string(error.what()).find("1") != std::string::npos);
  }
}

TEST_CASE("model file: hostile descriptions are errors that name the file") {
  const std::vector<std::byte> good = model_bytes(squeezenet());
  const std::pair<const char*, const char*> attacks[] = {
      {"\\\"type\\\":\\\"conv\\\"", "\\\"type\\\":\\\"cons\\\""},
      {"\\\"outputs\\\":64", "\\\"outputs\\\":-4"},
      {"\\\"outputs\\\":64", "\\\"outputs\\\":65"},
      {"\\\"inputs\\\":[0]", "\\\"inputs\\\":[9]"},
      {"\\\"groups\\\":1", "\\\"groups\\\":0"},
      {"\\\"layers\\\":[", "\\\"layers\\\":1"},
      {"\\\"name\\\":\\\"features.0", "\\\"name\\\":\\\"features.9"},
      {"\\\"image_size\\\":224", "\\\"image_size\\\":0  "}};
  int refused = 0;
  for (const auto& [from, to] : attacks) {
    CAPTURE(from);
    CHECK_THROWS_WITH_AS(read_model(file_of(exchanged(good, from, to))), doctest::Contains("test: "), Error);
    ++refused;
  }
  CHECK(refused == 8);
}

TEST_CASE("import: recognises the architecture and tells what became of each tensor") {
  ModelData model = squeezenet(1000);
  std::vector<NamedTensor> tensors = named_tensors(model.weights);
  const float extra[] = {1, 2};
  tensors.push_back({.name = "extra",
                     .dtype = DType::float32,
                     .shape = {2},
                     .strides = {},
                     .data = reinterpret_cast<const std::byte*>(extra)});
  ImportReport report;
  const std::vector<std::byte> bytes = safetensors_bytes(tensors);
  const ModelData imported = import_weights(file_of(bytes), {}, &report);
  CHECK(imported.arch == "squeezenet1_1");
  CHECK(report.count(ImportReport::Row::Fate::matched) == 52);
  CHECK(report.count(ImportReport::Row::Fate::unexpected) == 1);
  CHECK(report.preprocessing_assumed);
  // No second copy: the tensors lie in the file's bytes.
  const auto* first = reinterpret_cast<const std::byte*>(imported.weights.begin()->second.data);
  CHECK((first >= bytes.data() && first < bytes.data() + bytes.size()));
}

TEST_CASE("import: a missing tensor is an error unless it is allowed") {
  ModelData model = squeezenet(1000);
  model.weights.erase("classifier.1.bias");
  const std::vector<std::byte> bytes = safetensors_bytes(named_tensors(model.weights));
  CHECK_THROWS_WITH_AS(
      import_weights(file_of(bytes),
                     {.arch = "squeezenet1_1", .classes = {}, .preprocess = {}, .allow_missing = {}}),
      doctest::Contains("classifier.1.bias"), Error);
  const ModelData allowed = import_weights(
      file_of(bytes),
      {.arch = "squeezenet1_1", .classes = {}, .preprocess = {}, .allow_missing = {"classifier.*"}});
  CHECK(allowed.weights.at("classifier.1.bias").data[0] == 0);
}

TEST_CASE("import: a dense weight that lies the other way round is turned") {
  ModelData model = describe(find_architecture("mobilenet_v2"), 1000);
  initialise_from_scratch(model, 2);
  const HostTensor& weight = model.weights.at("classifier.1.weight");
  std::vector<float> turned(weight.count());
  for (int64_t o = 0; o < 1000; ++o)
    for (int64_t i = 0; i < 1280; ++i) turned[i * 1000 + o] = weight.data[o * 1280 + i];
  const HostTensor original = weight;
  model.weights["classifier.1.weight"] = HostTensor::from({1280, 1000}, std::move(turned));
  ImportReport report;
  const std::vector<std::byte> bytes = safetensors_bytes(named_tensors(model.weights));
  const ModelData imported = import_weights(file_of(bytes), {}, &report);
  CHECK(report.count(ImportReport::Row::Fate::transposed) == 1);
  const HostTensor& back = imported.weights.at("classifier.1.weight");
  CHECK(std::equal(back.data, back.data + back.count(), original.data));
}

TEST_CASE("import: wrong shapes and unknown networks say what is wrong") {
  ModelData model = squeezenet(1000);
  model.weights["features.0.weight"] = HostTensor::from({64, 3, 5, 5}, std::vector<float>(64 * 75));
  const std::vector<std::byte> bytes = safetensors_bytes(named_tensors(model.weights));
  CHECK_THROWS_WITH_AS(import_weights(file_of(bytes), {}), doctest::Contains("nearest is squeezenet1_1"),
                       Error);
  CHECK_THROWS_WITH_AS(
      import_weights(file_of(bytes),
                     {.arch = "squeezenet1_1", .classes = {}, .preprocess = {}, .allow_missing = {}}),
      doctest::Contains("features.0.weight"), Error);
  CHECK_THROWS_WITH_AS(
      import_weights(file_of(bytes),
                     {.arch = "squeezenet1_2", .classes = {}, .preprocess = {}, .allow_missing = {}}),
      doctest::Contains("squeezenet1_1"), Error);
}

}  // namespace
}  // namespace graft
