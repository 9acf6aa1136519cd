#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "engine/executor.h"
#include "engine/memory_plan.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/pool/pool.h"
#include "layers/lowering/concat_slices.h"
#include "networks/network_run.h"
#include "networks/reference_weights.h"
#include "support/small_network.h"
#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft::test {
namespace {

struct Network {
  explicit Network(std::string_view arch) : graph(find_architecture(arch).build(10)) {
    weights = reference_weights(graph, unit_statistics(graph));
  }

  std::unique_ptr<Plan> inference() const { return lower_with_copies(graph, weights, nullptr, request()); }
  std::unique_ptr<Plan> training(const Parameters& parameters) const {
    LowerRequest request = this->request();
    request.training = true;
    request.loss = LossSettings{};
    return lower_with_copies(graph, weights, &parameters, request);
  }

  LowerRequest request() const {
    LowerRequest request;
    request.from = {graph.input()};
    request.shapes = {{1, 64, 64, 3}};
    request.to = {graph.output()};
    return request;
  }

  Graph graph;
  Weights weights;
};

int copies(const Plan& plan) {
  return static_cast<int>(
      std::ranges::count(plan.steps(), Copy::name, [](const auto& step) { return step->op(); }));
}

// Nothing of a dense block is copied: batch norms read what it grew to as a slice, and the pooling in front
// and the convolutions write what it grows by as one.
TEST_CASE("slices: a chain of concatenations shares one buffer") {
  const auto plan = Network("densenet121").inference();
  CHECK(copies(*plan) == 2 * 58);
  share_slices(*plan);
  CHECK(copies(*plan) == 0);
}

TEST_CASE("slices: what convolutions write is not copied") {
  const auto plan = Network("squeezenet1_1").inference();
  CHECK(copies(*plan) == 2 * 8);
  share_slices(*plan);
  CHECK(copies(*plan) == 0);
}

// Two layers in each of four dense blocks.
constexpr DenseNet densenet_8{8, 4, {2, 2, 2, 2}};

TestNetwork small_densenet() {
  const Architecture arch{.name = "small",
                          .build = [](int64_t classes) { return densenet_8.build(classes); },
                          .head = DenseNet::head,
                          .freeze_points = nullptr,
                          .image_size = 64,
                          .preprocessing = {},
                          .auxiliary = {},
                          .older_name = nullptr,
                          .published = {}};
  NetworkReference reference;
  reference.input = {3, 3, 64, 64};
  reference.labels = {1, 5, 9};
  reference.statistics = unit_statistics(densenet_8.build(10));
  return TestNetwork(arch, reference);
}

// What computes each problem, whether or not it writes a slice; but for the copies, and pooling, where oneDNN
// writes no slices.
Choices without_slices(const Choices& choices) {
  constexpr std::string_view slice = " to a slice";
  Choices plain;
  for (const auto& [key, implementation] : choices) {
    std::string problem = key;
    if (problem.starts_with(Copy::name) || problem.starts_with(PoolForward::name)) continue;
    if (const size_t at = problem.find(slice); at != std::string::npos) problem.erase(at, slice.size());
    plain.emplace(problem, implementation);
  }
  return plain;
}

TEST_CASE("slices: logits and gradients have the same bits as without") {
  const TestNetwork network = small_densenet();
  std::vector<std::unique_ptr<Device>> devices = kernel_devices();
  devices.push_back(open_device("cpu"));
  devices.push_back(open_device("float64"));
  for (const auto& device : devices)
    for (const Pass pass : {Pass::eval, Pass::train}) {
      CAPTURE(device->properties().name);
      const PassResult shared = run_pass(*device, network, pass, {.choice = {}, .poison = true});
      const PassResult apart =
          run_pass(*device, network, pass, {.choice = {}, .poison = true}, nullptr, lower_with_copies);
      CHECK(without_slices(shared.implementations) == without_slices(apart.implementations));
      CHECK(shared.loss == apart.loss);
      CHECK(shared.logits == apart.logits);
      CHECK(shared.gradients == apart.gradients);
      CHECK(*std::max_element(shared.gradients.begin(), shared.gradients.end()) > 0);
    }
}

// Of a pixel that lies apart a convolution would read its neighbours.
TEST_CASE("slices: what has another name, behind a dropout, stays where it was") {
  Builder b;
  const NodeId x = b.conv("first", b.input(), 4, 1, {.bias = true});
  const NodeId y = b.conv("second", b.dropout("dropout", x, 0.5), 4, 3, {.padding = Padding::all(1)});
  b.concat("cat", {x, y});
  const Graph graph = b.take();
  const Weights weights = random_weights(graph, 5);
  LowerRequest request;
  request.from = {graph.input()};
  request.shapes = {{2, 6, 6, 3}};
  request.to = {graph.output()};
  const auto device = open_device("cpu", {.threads = 1});
  const auto output_of = [&](std::unique_ptr<Plan> plan) {
    Workspace workspace(*device);
    Executor executor(workspace, std::move(plan), nullptr, nullptr);
    std::vector<float> pixels(2 * 6 * 6 * 3), output(2 * 6 * 6 * 8);
    std::iota(pixels.begin(), pixels.end(), -50.0f);
    executor.write(executor.plan().inputs[0], pixels.data());
    executor.run();
    executor.read(executor.plan().outputs[0], output.data());
    return output;
  };
  CHECK(output_of(lower(graph, weights, nullptr, request)) ==
        output_of(lower_with_copies(graph, weights, nullptr, request)));
}

TEST_CASE("slices: training keeps a dense block's growth once") {
  const Network network("densenet121");
  const auto device = open_device("cpu");
  const Parameters parameters(*device, network.graph, network.weights,
                              moving_statistics(network.graph, BatchNormMode::frozen), 0, DType::float32);
  const auto saved = [&](bool slices) {
    const auto plan = network.training(parameters);
    if (slices) share_slices(*plan);
    share_in_place(*plan);
    return plan_memory(*plan).saved_bytes;
  };
  const size_t shared = saved(true), apart = saved(false);
  MESSAGE("saved for backward: ", shared, " bytes, ", apart, " where each concatenation is kept");
  CHECK(4 * shared < 3 * apart);
}

}  // namespace
}  // namespace graft::test
