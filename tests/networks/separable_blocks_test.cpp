#include "layers/lowering/separable_blocks.h"

#include <cmath>

#include "engine/whole_network_check.h"
#include "kernels/host_vectors.h"
#include "kernels/separable_block/separable_block.h"
#include "layers/lowering/keep_float32.h"
#include "layers/lowering/widen.h"
#include "networks/joined_steps.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

// Where, and in what: in double there is one kind of mathematics.
struct Place {
  std::string device;
  Math math = Math::fp32;

  Device& get() const { return device_for_tests(device); }
  bool exact() const { return get().properties().kind == DeviceKind::float64; }
};

// A network's inference.
struct Inference {
  std::unique_ptr<Plan> plan;

  Inference(const Place& place, const Graph& graph, const Weights& weights, const Shape& images, bool joined,
            const ChoiceOptions& options = {}, std::vector<NodeId> outputs = {}) {
    const DeviceProperties& device = place.get().properties();
    LowerRequest request;
    request.from = {graph.input()};
    request.shapes = {images};
    request.to = std::move(outputs);
    request.to.push_back(graph.output());
    request.math = place.math;
    if (place.exact()) request.dtype = DType::float64;
    plan = lower(graph, weights, nullptr, request);
    if (place.math == Math::bf16) {
      keep_float32(*plan, device, options);
      widen_unserved(*plan, device, options);
    }
    if (joined) join_separable_blocks(*plan, device, options);
  }

  int64_t blocks() const { return Plans::count(*plan, SeparableBlock::name); }
  size_t steps() const { return plan->steps().size(); }
};

std::vector<float> logits(const Place& place, Inference inference, const std::vector<float>& pixels) {
  Workspace workspace(place.get());
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

// As MobileNet V1 has them: what ends one block could begin the next.
Graph chain() {
  Builder b;
  NodeId x = b.relu("stem.relu", b.conv("stem", b.input(), 16, 5, {.padding = Padding::all(2)}));
  x = b.relu("first.relu", b.conv("first", x, wide, 1, {}));
  for (const std::string name : {"second", "third", "fourth"}) {
    x = b.relu(name + ".depthwise.relu",
               b.conv(name + ".depthwise", x, wide, 3, {.padding = Padding::all(1), .groups = wide}));
    x = b.relu(name + ".relu", b.conv(name, x, wide, 1, {}));
  }
  b.dense("head", b.flatten("flatten", b.adaptive_average_pool("pool", x, 1)), 5);
  return b.take();
}

const Shape images = {2, 16, 16, 3};

// How many blocks there are in the place of three steps each, on a device that has any.
int64_t joined(const Place& place, const Graph& graph, const ChoiceOptions& options = {},
               const std::vector<NodeId>& outputs = {}) {
  const Weights weights = random_weights(graph, 5);
  const Inference one(place, graph, weights, images, true, options, outputs),
      apart(place, graph, weights, images, false, options, outputs);
  CHECK(apart.blocks() == 0);
  CHECK(one.steps() == apart.steps() - static_cast<size_t>(2 * one.blocks()));
  return one.blocks();
}

// How far what is in one may be from what is apart.
double limit(const Place& place) { return place.exact() ? 0 : place.math == Math::fp32 ? 1e-5 : 0.05; }

std::vector<Place> places() {
  std::vector<Place> found{{"float64"}};
  for (const Math math : {Math::fp32, Math::bf16})
    if (const Place place{"cpu", math}; joined(place, small()) > 0)
      found.push_back(place);
    else
      MESSAGE("skipped on cpu, ", name_of(math), ": it has no block in one");
  CHECK((found.size() > 1 && found[1].math == Math::fp32) == (widest_vector_bytes() == 64));
  return found;
}

TEST_CASE("separable blocks: a network gives what it gives step by step") {
  for (const std::string arch : {"mobilenet_v2", "efficientnet_lite0"}) {
    CAPTURE(arch);
    const TestNetwork network = network_of(arch);
    for (const Place& place : places()) {
      const auto inference = [&](bool in_one) {
        return Inference(place, network.graph, network.weights, network.input_shape, in_one);
      };
      CHECK(inference(true).blocks() == (arch == "mobilenet_v2" ? 17 : 16));
      const std::vector<float> in_one = logits(place, inference(true), network.input),
                               apart = logits(place, inference(false), network.input);
      const double far = distance({in_one.begin(), in_one.end()}, {apart.begin(), apart.end()});
      CHECK(far <= limit(place));
      MESSAGE(place.device, ", ", name_of(place.math), ": ", far, " apart");
    }
  }
}

TEST_CASE("separable blocks: a convolution belongs to one at most") {
  const Graph graph = chain();
  const Weights weights = random_weights(graph, 5);
  std::vector<float> pixels(static_cast<size_t>(images.count()));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::sin(static_cast<float>(i));
  for (const Place& place : places()) {
    CAPTURE(place.device);
    CHECK(joined(place, graph) == 2);
    const auto of = [&](bool in_one) {
      return logits(place, Inference(place, graph, weights, images, in_one), pixels);
    };
    const std::vector<float> in_one = of(true), apart = of(false);
    CHECK(distance({in_one.begin(), in_one.end()}, {apart.begin(), apart.end()}) <= limit(place));
  }
}

TEST_CASE("separable blocks: only frozen ones whose maps nobody else reads, where nobody asks for a step") {
  for (const Place& place : places()) {
    CAPTURE(place.device);
    CHECK(joined(place, small()) == 1);
    CHECK(joined(place, small({.kernel = 5})) == 1);
    CHECK(joined(place, small({.groups = 1})) == 0);
    CHECK(joined(place, small({.last_kernel = 3})) == 0);
    CHECK(joined(place, small({.shortcut = true})) == 0);
    CHECK(joined(place, small({.between = Activation::hard_swish})) == (place.exact() ? 1 : 0));
    NodeId between = 0;
    const Graph graph = small({}, &between);
    CHECK(joined(place, graph, {}, {between}) == 0);
    CHECK(joined(place, graph, reference_of("conv_forward")) == 0);
    CHECK(joined(place, graph, reference_of("pool_forward")) == 1);
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
  const Graph graph = small();
  const Weights weights = random_weights(graph, 5);
  const auto bytes = [&](bool in_one) {
    const Inference inference({"float64"}, graph, weights, images, in_one);
    return plan_memory(*inference.plan).arena_bytes;
  };
  CHECK(bytes(true) + size_t{2} * 16 * 16 * wide * sizeof(double) <= bytes(false));
}

}  // namespace
}  // namespace graft::test
