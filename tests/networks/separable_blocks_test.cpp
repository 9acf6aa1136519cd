#include "layers/lowering/separable_blocks.h"

#include "engine/whole_network_check.h"
#include "kernels/separable_block/separable_block.h"
#include "layers/lowering/keep_float32.h"
#include "layers/lowering/widen.h"
#include "networks/joined_steps.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

using Rules = void (*)(Plan&, const DeviceProperties&, const ChoiceOptions&);

// A network's inference, in double or in bfloat16.
struct Inference {
  std::unique_ptr<Plan> plan;

  Inference(Device& device, const Graph& graph, const Weights& weights, const Shape& images, bool joined,
            const ChoiceOptions& options = {}, std::vector<NodeId> outputs = {}) {
    LowerRequest request;
    request.from = {graph.input()};
    request.shapes = {images};
    request.to = std::move(outputs);
    request.to.push_back(graph.output());
    const bool exact = device.properties().kind == DeviceKind::float64;
    if (exact)
      request.dtype = DType::float64;
    else
      request.math = Math::bf16;
    plan = lower(graph, weights, nullptr, request);
    if (!exact) {
      keep_float32(*plan, device.properties(), options);
      widen_unserved(*plan, device.properties(), options);
    }
    if (joined) join_separable_blocks(*plan, device.properties(), options);
  }

  int64_t blocks() const { return Plans::count(*plan, SeparableBlock::name); }
  size_t steps() const { return plan->steps().size(); }
};

std::vector<float> logits(Device& device, Inference inference, const std::vector<float>& pixels) {
  Workspace workspace(device);
  ExecutorOptions options;
  options.poison = true;
  Executor executor(workspace, std::move(inference.plan), nullptr, nullptr, std::move(options));
  const Value& input = executor.plan().value(executor.plan().inputs[0]);
  std::vector<std::byte> bytes(pixels.size() * size_of(input.dtype));
  from_floats(pixels.data(), input.shape.count(), input.dtype, bytes.data());
  executor.write(executor.plan().inputs[0], bytes.data());
  executor.run();
  const Value& output = executor.plan().value(executor.plan().outputs.back());
  std::vector<std::byte> host(static_cast<size_t>(output.shape.count()) * size_of(output.dtype));
  executor.read(executor.plan().outputs.back(), host.data());
  std::vector<float> values(static_cast<size_t>(output.shape.count()));
  to_floats(host.data(), output.shape.count(), output.dtype, values.data());
  return values;
}

// Of one layer's channels.
constexpr int64_t wide = 48;

struct Changes {
  Activation between = Activation::relu6;
  int64_t groups = wide, kernel = 3;  // of what stands in the depthwise one's place
  int64_t last_kernel = 1;
  bool shortcut = false;  // another layer reads the first map
};

Graph small(const Changes& changes = {}, NodeId* between = nullptr) {
  Builder b;
  NodeId x = b.relu("stem.relu", b.conv("stem", b.input(), 16, 5, {.padding = Padding::all(2)}));
  NodeId first = b.activation("first.act", b.conv("first", x, wide, 1, {.bias = true}), changes.between);
  if (between) *between = first;
  NodeId y = b.conv("second", first, wide, changes.kernel,
                    {.padding = Padding::all(changes.kernel / 2), .groups = changes.groups});
  y = b.relu("second.relu", y);
  if (changes.shortcut) y = b.add("sum", y, first);
  y = b.conv("third", y, 16, changes.last_kernel, {.padding = Padding::all(changes.last_kernel / 2)});
  b.dense("head", b.flatten("flatten", b.adaptive_average_pool("pool", b.add("add", y, x), 1)), 5);
  return b.take();
}

const Shape images = {2, 16, 16, 3};

// How many blocks there are in the place of three steps each, on a device that has any.
int64_t joined(Device& device, const Graph& graph, const ChoiceOptions& options = {},
               const std::vector<NodeId>& outputs = {}) {
  const Weights weights = random_weights(graph, 5);
  const Inference one(device, graph, weights, images, true, options, outputs),
      apart(device, graph, weights, images, false, options, outputs);
  CHECK(apart.blocks() == 0);
  CHECK(one.steps() == apart.steps() - static_cast<size_t>(2 * one.blocks()));
  return one.blocks();
}

bool cpu_has_blocks() {
  const Graph graph = small();
  if (joined(device_for_tests("cpu"), graph) > 0) return true;
  MESSAGE("skipped on cpu: it has no block in one");
  return false;
}

TEST_CASE("separable blocks: a network gives what it gives step by step") {
  for (const std::string arch : {"mobilenet_v2", "efficientnet_lite0"}) {
    CAPTURE(arch);
    const TestNetwork network = network_of(arch);
    const auto compare = [&](Device& device, double limit) {
      Inference one(device, network.graph, network.weights, network.input_shape, true);
      CHECK(one.blocks() == (arch == "mobilenet_v2" ? 17 : 16));
      const std::vector<float> in_one = logits(device, std::move(one), network.input),
                               apart = logits(device,
                                              Inference(device, network.graph, network.weights,
                                                        network.input_shape, false),
                                              network.input);
      const double far = distance({in_one.begin(), in_one.end()}, {apart.begin(), apart.end()});
      CHECK(far <= limit);
      MESSAGE(device.properties().name, ": ", far, " apart");
    };
    compare(device_for_tests("float64"), 0);
    if (cpu_has_blocks()) compare(device_for_tests("cpu"), 0.05);
  }
}

TEST_CASE("separable blocks: only frozen ones whose maps nobody else reads, where nobody asks for a step") {
  std::vector<std::string> devices{"float64"};
  if (cpu_has_blocks()) devices.push_back("cpu");
  for (const std::string& name : devices) {
    CAPTURE(name);
    Device& device = device_for_tests(name);
    CHECK(joined(device, small()) == 1);
    CHECK(joined(device, small({.kernel = 5})) == 1);
    CHECK(joined(device, small({.groups = 1})) == 0);
    CHECK(joined(device, small({.last_kernel = 3})) == 0);
    CHECK(joined(device, small({.shortcut = true})) == 0);
    CHECK(joined(device, small({.between = Activation::hard_swish})) == (name == "float64" ? 1 : 0));
    NodeId between = 0;
    const Graph graph = small({}, &between);
    CHECK(joined(device, graph, {}, {between}) == 0);
    CHECK(joined(device, graph, reference_of("conv_forward")) == 0);
    CHECK(joined(device, graph, reference_of("pool_forward")) == 1);
  }
}

TEST_CASE("separable blocks: on the CPU, where it trains, a network has none") {
  const Graph graph = small();
  const auto count = [&](BatchNormMode mode) {
    return Plans::count(*plans_of(join_separable_blocks, mode, graph).joined, SeparableBlock::name);
  };
  CHECK(count(BatchNormMode::train) == 0);
  CHECK(count(BatchNormMode::frozen) == 0);
}

TEST_CASE("separable blocks: the maps between are not in memory") {
  Device& device = device_for_tests("float64");
  const Graph graph = small();
  const Weights weights = random_weights(graph, 5);
  const auto bytes = [&](bool in_one) {
    const Inference inference(device, graph, weights, images, in_one);
    return plan_memory(*inference.plan).arena_bytes;
  };
  CHECK(bytes(true) + size_t{2} * 16 * 16 * wide * sizeof(double) <= bytes(false));
}

}  // namespace
}  // namespace graft::test
