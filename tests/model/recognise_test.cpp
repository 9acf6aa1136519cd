#include "transfer/model/recognise.h"

#include <doctest/doctest.h>

#include <chrono>

#include "engine/check.h"
#include "transfer/model/head.h"
#include "transfer/model/host_tensors.h"
#include "transfer/model/import.h"
#include "transfer/weights/safetensors.h"

namespace graft {
namespace {

using Fate = ImportReport::Row::Fate;

using Rename = std::string (*)(const std::string& tensor);

// A file of names and shapes without values: all that recognition asks for.
TensorFile names_of(const Architecture& arch, int64_t classes, Rename rename = nullptr) {
  const Graph graph = arch.build(classes);
  std::vector<NamedTensor> tensors;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters()) {
      const std::string name = parameter_name(graph[id], spec);
      tensors.push_back({.name = rename ? rename(name) : name,
                         .dtype = DType::float32,
                         .shape = spec.shape,
                         .strides = {},
                         .data = nullptr});
    }
  return {std::string(arch.name), "test", std::move(tensors), {}};
}

TEST_CASE("recognise: every architecture is told from its names and shapes, whatever its number of classes") {
  for (const Architecture& arch : architectures())
    for (int64_t classes : {1000, 7}) {
      CAPTURE(arch.name);
      const TensorFile file = names_of(arch, classes);
      CHECK(recognise(file).name == arch.name);
      CHECK(class_count(file, arch) == classes);
    }
}

TEST_CASE("recognise: the names of older files serve as well") {
  int renamed = 0;
  for (const Architecture& arch : architectures()) {
    if (!arch.older_name) continue;
    CAPTURE(arch.name);
    CHECK(recognise(names_of(arch, 1000, arch.older_name)).name == arch.name);
    ++renamed;
  }
  CHECK(renamed == 4);
  CHECK(find_architecture("densenet121").older_name("features.denseblock2.denselayer12.norm1.running_mean") ==
        "features.denseblock2.denselayer12.norm.1.running_mean");
}

TEST_CASE("recognise: looks at every architecture in a moment") {
  const TensorFile file = names_of(find_architecture("squeezenet1_0"), 1000);
  const auto start = std::chrono::steady_clock::now();
  recognise(file);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  MESSAGE(architectures().size(), " architectures in ", seconds, " s");
  CHECK(seconds < 5);  // minutes would be a mistake; how many hundredths it is, depends on the machine
}

// With tensors of both auxiliary classifiers, as published, and one that belongs to nothing.
std::vector<std::byte> googlenet_file(const ModelData& model) {
  std::vector<NamedTensor> tensors = named_tensors(model.weights);
  static const float values[6] = {};
  for (const char* name : {"aux1.fc2.bias", "aux2.conv.bn.weight", "aux3.bias"})
    tensors.push_back({.name = name,
                       .dtype = DType::float32,
                       .shape = {6},
                       .strides = {},
                       .data = reinterpret_cast<const std::byte*>(values)});
  return safetensors_bytes(tensors);
}

TEST_CASE("import: auxiliary classifiers are left out, and said to be") {
  ModelData model = describe(find_architecture("googlenet"), 3);
  initialise_from_scratch(model, 1);
  ImportReport report;
  const std::vector<std::byte> bytes = googlenet_file(model);
  const ModelData imported = import_weights(read_tensor_bytes(bytes, nullptr, "test"), {}, &report);
  CHECK(imported.arch == "googlenet");
  CHECK(imported.preprocessing == "127.5/127.5/256/224/bilinear");
  CHECK(report.count(Fate::auxiliary) == 2);
  CHECK(report.count(Fate::unexpected) == 1);  // "aux3" is none of them
  CHECK(imported.weights.size() == model.weights.size());
}

TEST_CASE("import: a tensor under its older name is taken, under its new one") {
  ModelData model = describe(find_architecture("densenet121"), 3);
  initialise_from_scratch(model, 1);
  std::vector<NamedTensor> tensors = named_tensors(model.weights);
  for (NamedTensor& tensor : tensors) tensor.name = find_architecture("densenet121").older_name(tensor.name);
  ImportReport report;
  const std::vector<std::byte> bytes = safetensors_bytes(tensors);
  const ModelData imported = import_weights(read_tensor_bytes(bytes, nullptr, "test"), {}, &report);
  CHECK(report.count(Fate::matched) == static_cast<int>(model.weights.size()));
  CHECK(report.count(Fate::unexpected) == 0);
  const std::string name = "features.denseblock1.denselayer1.conv1.weight";
  const HostTensor &from = model.weights.at(name), &to = imported.weights.at(name);
  CHECK(std::equal(to.data, to.data + to.count(), from.data));
}

}  // namespace
}  // namespace graft
