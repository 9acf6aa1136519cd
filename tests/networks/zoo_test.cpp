#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "engine/check.h"
#include "networks/network_run.h"
#include "transfer/image/preprocess.h"
#include "transfer/zoo/nearest_names.h"

namespace graft::test {
namespace {

std::vector<std::pair<std::string, Shape>> parameters_of(const Graph& graph) {
  std::vector<std::pair<std::string, Shape>> list;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters())
      if (!is_statistic(spec.role)) list.emplace_back(parameter_name(graph[id], spec), spec.shape);
  return list;
}

int64_t count_of(const std::vector<std::pair<std::string, Shape>>& parameters) {
  int64_t count = 0;
  for (const auto& [name, shape] : parameters) count += shape.count();
  return count;
}

int64_t macs_of(const Graph& graph, int64_t size) {
  const std::vector<Shape> shapes = graph.shapes({1, size, size, 3});
  int64_t macs = 0;
  for (NodeId id = 1; id < graph.size(); ++id) {
    std::vector<Shape> inputs;
    for (NodeId input : graph[id].inputs) inputs.push_back(shapes[input]);
    macs += graph[id].layer->macs(inputs);
  }
  return macs;
}

TEST_CASE("zoo: parameters have the published names, shapes and order; macs agree") {
  int compared = 0, missing = 0;
  for (const Architecture& architecture : architectures()) {
    CAPTURE(architecture.name);
    const auto reference = network_reference(std::string(architecture.name));
    if (!reference) {
      ++missing;
      continue;
    }
    const Graph graph = architecture.build(1000);
    auto parameters = parameters_of(graph), published = reference->names;
    REQUIRE(parameters.size() == published.size());
    // torchvision lists a block's own layer scale before the block's layers, behind which it is computed.
    if (architecture.name.starts_with("convnext")) {
      const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
      std::ranges::sort(parameters, by_name);
      std::ranges::sort(published, by_name);
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
      CHECK(parameters[i].first == published[i].first);
      CHECK(parameters[i].second == published[i].second);
    }
    CHECK(count_of(parameters) == reference->parameters);
    CHECK(macs_of(graph, reference->macs_input) == reference->macs);
    ++compared;
  }
  CHECK(compared >= 4);
  if (missing > 0) MESSAGE(missing, " networks without a reference file were not compared");
}

TEST_CASE("zoo: vgg13_bn, which has no reference file, is vgg13 with two numbers a channel more") {
  const auto plain = parameters_of(find_architecture("vgg13").build(1000));
  const auto normed = parameters_of(find_architecture("vgg13_bn").build(1000));
  CHECK(count_of(normed) - count_of(plain) == 2 * 2 * (64 + 128 + 256 + 512 + 512));
}

int64_t count_with_statistics(const Graph& graph) {
  int64_t count = 0;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters()) count += spec.shape.count();
  return count;
}

// Keras counts the running statistics too.
TEST_CASE("zoo: MobileNet V1, which has no reference file, has the parameters that Keras tells") {
  CHECK(count_with_statistics(find_architecture("mobilenet_v1_1.0").build(1000)) == 4253864);
  CHECK(count_with_statistics(find_architecture("mobilenet_v1_0.25").build(1000)) == 475544);
}

TEST_CASE("zoo: what is told of published weights can be read, and belongs to the image size") {
  for (const Architecture& architecture : architectures()) {
    CAPTURE(architecture.name);
    CHECK(parse_preprocessing(architecture.preprocessing).crop <= architecture.image_size);
    const Published& published = architecture.published;
    CHECK(published.top1.has_value() == !published.source.empty());
    if (published.top1) CHECK((*published.top1 > 0.5 && *published.top1 < 0.9));
  }
  CHECK(parse_preprocessing(find_architecture("efficientnet_b4").preprocessing).crop == 380);
}

TEST_CASE("zoo: every network runs at its own image size and for any number of classes") {
  for (const Architecture& architecture : architectures()) {
    CAPTURE(architecture.name);
    const Graph graph = architecture.build(7);
    const std::vector<Shape> shapes = graph.shapes({2, architecture.image_size, architecture.image_size, 3});
    CHECK(shapes[graph.output()] == Shape{2, 7});
    const NodeId head = graph.find(architecture.head);
    REQUIRE(head > 0);
    CHECK(graph[head].layer->parameters().front().shape[0] == 7);
  }
}

TEST_CASE("zoo: each layer with parameters but the head lies in exactly one freeze point") {
  for (const Architecture& architecture : architectures()) {
    CAPTURE(architecture.name);
    const Graph graph = architecture.build(10);
    const std::vector<FreezePoint> points = architecture.freeze_points();
    std::vector<int> layers(points.size(), 0);
    size_t latest = 0;
    for (NodeId id = 1; id < graph.size(); ++id) {
      if (graph[id].layer->parameters().empty()) continue;
      CAPTURE(graph[id].name);
      std::vector<size_t> covering;
      for (size_t i = 0; i < points.size(); ++i)
        if (covers(points[i], graph[id].name)) covering.push_back(i);
      REQUIRE(covering.size() == (graph[id].name == architecture.head ? 0 : 1));
      if (covering.empty()) continue;
      CHECK(covering[0] >= latest);
      latest = covering[0];
      ++layers[latest];
    }
    CHECK(std::count(layers.begin(), layers.end(), 0) == 0);
  }
}

TEST_CASE("zoo: last:1 is what the reference trajectories call last") {
  std::set<std::string> compared;
  for (const TrajectoryReference& trajectory : trajectory_references()) {
    if (trajectory.point != "last") continue;
    CAPTURE(trajectory.arch);
    const Architecture& architecture = find_architecture(trajectory.arch);
    for (const auto& [name, shape] : parameters_of(architecture.build(1000))) {
      const std::string layer = name.substr(0, name.rfind('.'));
      const bool trains = layer == architecture.head || covers(architecture.freeze_points().back(), layer);
      CHECK_MESSAGE(trains == trajectory.trains(name), name);
    }
    compared.insert(trajectory.arch);
  }
  CHECK(compared.size() == 4);
}

TEST_CASE("zoo: a freeze point covers whole parts of dotted names") {
  const FreezePoint point{{"features.1", "bn"}};
  CHECK(covers(point, "features.1"));
  CHECK(covers(point, "features.1.conv.0"));
  CHECK(covers(point, "bn"));
  CHECK_FALSE(covers(point, "features.17"));
  CHECK_FALSE(covers(point, "features"));
  CHECK_FALSE(covers(point, "bn1"));
}

TEST_CASE("zoo: an unknown architecture is answered with the nearest names") {
  try {
    find_architecture("resnet81");
    FAIL("an unknown name was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::call);
    CHECK(std::string(error.what()) ==
          "architecture 'resnet81' is not known; did you mean resnet18, resnet34 or resnet50?");
  }
  const std::string_view names[] = {"layer1", "layer2", "conv"};
  CHECK(nearest_names("layr2", names) == "layer2 or layer1");
  CHECK(nearest_names("", names) == "");
  CHECK(nearest_names("zzz", names) == "");
}

}  // namespace
}  // namespace graft::test
