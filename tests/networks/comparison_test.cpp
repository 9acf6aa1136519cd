#include "transfer/inspection/comparison.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "kernels/host_vectors.h"
#include "transfer/model/freeze.h"
#include "transfer/model/head.h"
#include "transfer/model/recognise.h"

namespace graft::test {
namespace {

ModelData fresh(const char* arch) {
  ModelData model = describe(find_architecture(arch), 10);
  initialise_from_scratch(model, 3);
  model.image_size = 48;
  return model;
}

NetworkComparison compare(const ModelData& a, const ModelData& b, bool training,
                          const DeviceChoice& on_b = {.device = "emulated", .threads = 2, .methods = {}}) {
  DeviceChoice on_a;
  on_a.device = "cpu";
  on_a.threads = 2;
  return compare_networks({a, on_a}, {b, on_b}, {.batch = 2, .training = training, .update = false},
                          random_batch(a, 2, 0));
}

std::set<std::string> layers_beyond(const NetworkComparison& comparison, const char* phase) {
  std::set<std::string> names;
  for (const ComparedLayer& layer : comparison.layers)
    if (!layer.within && layer.phase == phase) names.insert(layer.layer);
  return names;
}

TEST_CASE("compare: two devices agree on every layer, gradients too") {
  for (const char* arch : {"squeezenet1_1", "mobilenet_v2"}) {
    CAPTURE(arch);
    ModelData model = fresh(arch);
    freeze_all_but(model, "last:3");
    const NetworkComparison comparison = compare(model, model, true);
    CHECK(comparison.devices[0] == "cpu");
    CHECK(comparison.devices[1] == "emulated:sm_80");
    CHECK(comparison.first_difference() == nullptr);
    size_t forward = 0, gradients = 0, differing = 0;
    for (const ComparedLayer& layer : comparison.layers) {
      forward += layer.phase == "forward";
      gradients += layer.output.starts_with("gradient of ");
      differing += layer.difference.nmse > 0;
      CHECK(layer.difference.nmse <= 4e-11);
    }
    CHECK(forward > 20);
    CHECK(gradients > 3);
    CHECK(differing > 10);  // two devices, not one twice
  }
}

TEST_CASE("compare: what is one step on both devices is compared as one") {
  const ModelData model = fresh("mobilenet_v2");
  const NetworkComparison comparison =
      compare(model, model, false, {.device = "float64", .threads = 2, .methods = {}});
  CHECK(comparison.first_difference() == nullptr);
  const auto count = [&](std::string_view op) {
    return std::ranges::count(comparison.layers, op, &ComparedLayer::op);
  };
  if (widest_vector_bytes() != 64) {
    MESSAGE("skipped: the CPU has no block in one");
    return;
  }
  CHECK(count("separable_block") == 17);
  CHECK(count("conv_forward") == 1);
}

TEST_CASE("compare: a wrong number is found at its layer, and at no other") {
  const char* planted = "features.6.expand3x3";
  ModelData right = fresh("squeezenet1_1");
  freeze_all_but(right, "all");
  ModelData wrong = right;
  HostTensor& weight = wrong.weights.at(std::string(planted) + ".weight");
  std::vector<float> values(weight.data, weight.data + weight.count());
  values[values.size() / 2] *= 1.5f;  // one of 36864
  weight = HostTensor::from(weight.shape, values);

  const NetworkComparison comparison = compare(right, wrong, true);
  REQUIRE(comparison.first_difference() != nullptr);
  CHECK(comparison.first_difference()->layer == planted);
  CHECK(comparison.first_difference()->op == "conv_forward");
  CHECK(layers_beyond(comparison, "forward") == std::set<std::string>{planted});
  CHECK(layers_beyond(comparison, "backward") == std::set<std::string>{planted});
}

TEST_CASE("compare: float64 is the first side's truth, and TF32 is not float32") {
  const ModelData model = fresh("squeezenet1_1");
  DeviceChoice exact, rounded{.device = "emulated", .threads = 2, .methods = {}, .precision = "tf32"};
  exact.device = "float64";
  const NetworkComparison comparison =
      compare_networks({model, exact}, {model, rounded}, {.batch = 1}, random_batch(model, 1, 0));
  CHECK(comparison.first_difference() == nullptr);
  int in_tf32 = 0;
  for (const ComparedLayer& layer : comparison.layers) {
    if (!layer.implementations[1].ends_with("_tf32")) {
      CHECK(layer.bound == 1e-11);
      continue;
    }
    ++in_tf32;
    CHECK(layer.bound == 2e-6);
    CHECK(layer.difference.nmse > 1e-11);
  }
  CHECK(in_tf32 > 10);
}

TEST_CASE("compare: bfloat16 with bfloat16, within the bound of its rounding; not with float32") {
  const ModelData model = fresh("squeezenet1_1");
  DeviceChoice single{.device = "emulated", .threads = 2, .methods = {}}, half = single, other = single;
  half.precision = other.precision = "bf16";
  other.methods = {{"pool_forward", "simt"}};  // not what computes the last pool otherwise
  const InputBatch batch = random_batch(model, 1, 0);
  const NetworkComparison comparison = compare_networks({model, half}, {model, other}, {.batch = 1}, batch);
  CHECK(comparison.first_difference() == nullptr);
  int in_bfloat16 = 0;
  for (const ComparedLayer& layer : comparison.layers) in_bfloat16 += layer.bound == 4e-5;
  CHECK(in_bfloat16 > 20);
  CHECK_THROWS_WITH_AS(compare_networks({model, single}, {model, half}, {.batch = 1}, batch),
                       doctest::Contains("only plans of the same steps"), Error);
}

TEST_CASE("compare: plans of different steps are refused, naming where they part") {
  const ModelData a = fresh("squeezenet1_1"), b = fresh("squeezenet1_0");
  CHECK_THROWS_WITH_AS(compare(a, b, false), doctest::Contains("only plans of the same steps"), Error);
}

}  // namespace
}  // namespace graft::test
