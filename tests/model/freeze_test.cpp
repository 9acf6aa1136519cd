#include <doctest/doctest.h>

#include <cmath>

#include "engine/check.h"
#include "support/small_network.h"
#include "transfer/model/freeze.h"
#include "transfer/model/head.h"
#include "transfer/model/recognise.h"

namespace graft {
namespace {

ModelData resnet() { return describe(find_architecture("resnet18"), 10); }

std::string trained(const ModelData& model) {
  std::string names;
  for (NodeId id = 1; id < model.graph.size(); ++id)
    if (model.graph[id].trainable && !model.graph[id].layer->parameters().empty())
      names += model.graph[id].name + " ";
  return names;
}

TEST_CASE("freeze: head, last:N and all") {
  ModelData model = resnet();
  freeze_all_but(model, "head");
  CHECK(trained(model) == "fc ");
  CHECK(trainable_parameters(model) == 512 * 10 + 10);
  freeze_all_but(model, "last:1");
  CHECK(trained(model).starts_with("layer4.0.conv1 layer4.0.bn1 "));
  CHECK(trained(model).ends_with(" fc "));
  CHECK(trained(model).find("layer3") == std::string::npos);
  freeze_all_but(model, "all");
  CHECK(trainable_parameters(model) == total_parameters(model));
  CHECK_THROWS_WITH_AS(freeze_all_but(model, "last:0"), doctest::Contains("N must be 1 to"), Error);
  CHECK_THROWS_AS(freeze_all_but(model, "last:99"), Error);
  CHECK_THROWS_AS(freeze_all_but(model, "last:1x"), Error);
}

TEST_CASE("freeze: globs match a layer or a dotted beginning of it, and take away") {
  ModelData model = resnet();
  freeze_all_but(model, "layer4.1,!*.bn?");
  CHECK(trained(model) == "layer4.1.conv1 layer4.1.conv2 fc ");
  freeze_all_but(model, "layer4.1.conv2,!fc");
  CHECK(trained(model) == "layer4.1.conv2 ");
  freeze_all_but(model, "*");
  CHECK(trainable_parameters(model) == total_parameters(model));
}

TEST_CASE("freeze: a glob that matches nothing offers the nearest names") {
  ModelData model = resnet();
  CHECK_THROWS_WITH_AS(freeze_all_but(model, "layr4"), doctest::Contains("layer4"), Error);
  CHECK_THROWS_AS(freeze_all_but(model, "layer4.0.relu1"), Error);  // has no parameters
}

TEST_CASE("freeze: the hash sees every frozen byte and no trained one") {
  ModelData model = resnet();
  initialise_from_scratch(model, 1);
  freeze_all_but(model, "last:1");
  const std::string before = frozen_state_hash(model, true);
  const auto change = [&](const std::string& name) {
    ModelData changed = model;
    const HostTensor& tensor = model.weights.at(name);
    std::vector<float> values(tensor.data, tensor.data + tensor.count());
    values.back() += 1e-3f;
    changed.weights[name] = HostTensor::from(tensor.shape, std::move(values));
    return frozen_state_hash(changed, true);
  };
  CHECK(change("conv1.weight") != before);
  CHECK(change("layer3.0.bn1.running_mean") != before);
  CHECK(change("fc.weight") == before);
  CHECK(change("layer4.0.bn1.running_mean") == before);
  CHECK(frozen_state_hash(model, false) !=
        before);  // statistics of trained layers count where they must not move
}

TEST_CASE("head: classes and fresh weights by seed; the rest stays") {
  ModelData model = resnet();
  initialise_from_scratch(model, 1);
  const HostTensor conv = model.weights.at("conv1.weight");
  swap_head(model, {"ant", "bee", "wasp"}, 3);
  CHECK(model.output_count() == 3);
  const HostTensor& weight = model.weights.at("fc.weight");
  CHECK(weight.shape == Shape{3, 512});
  double squares = 0;
  for (int64_t i = 0; i < weight.count(); ++i) squares += double{weight.data[i]} * weight.data[i];
  CHECK(std::sqrt(squares / static_cast<double>(weight.count())) == doctest::Approx(0.01).epsilon(0.05));
  CHECK(model.weights.at("fc.bias").data[2] == 0);
  CHECK(model.weights.at("conv1.weight").data == conv.data);
  ModelData again = resnet();
  swap_head(again, {"ant", "bee", "wasp"}, 3);
  CHECK(std::equal(weight.data, weight.data + weight.count(), again.weights.at("fc.weight").data));
  CHECK_THROWS_AS(swap_head(model, {"one"}, 0), Error);
  CHECK_THROWS_AS(swap_head(model, {"a", "a"}, 0), Error);
  CHECK(model.output_count() == 3);
}

}  // namespace
}  // namespace graft
