#include <algorithm>

#include "engine/whole_network_check.h"
#include "layers/lowering/widen.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

constexpr int64_t batch = 5, side = 12;

// Wide maps first, heavy weights last; a residual, a concatenation, and layers that are only views.
Graph branched_network() {
  Builder b;
  const Builder::Window same{.padding = Padding::all(1)};
  NodeId x = b.relu("stem.relu", b.batch_norm("stem.norm", b.conv("stem", b.input(), 8, 3, same)));
  const NodeId shortcut = x;
  x = b.batch_norm("block.norm", b.conv("block", x, 8, 3, {.padding = Padding::all(1), .groups = 8}));
  x = b.relu("block.relu", b.add("add", x, shortcut));
  x = b.concat("cat", {b.relu("left.relu", b.conv("left", x, 4, 1, {.bias = true})), x});
  x = b.dropout("dropout", b.max_pool("pool", x, 2, 2, 0), 0.5);
  x = b.relu("deep.relu", b.batch_norm("deep.norm", b.conv("deep", x, 64, 3, {.stride = 2, .padding = {}})));
  x = b.flatten("flatten", b.adaptive_average_pool("mean", x, 1));
  b.dense("fc", x, 3);
  return b.take();
}

struct Problem {
  explicit Problem(Graph of_graph = branched_network())
      : network(std::move(of_graph), {batch, side, side, 3}, {0, 2, 1, 1, 0}) {}

  // Room for two images of the widest call, where `turns` is asked for.
  LowerRequest inference(bool turns) const {
    LowerRequest request;
    request.from = {0};
    request.shapes = {network.shape};
    request.to = {network.graph.output()};
    request.cache_bytes = turns ? size_t{2} * side * side * (8 + 8 + 8) * sizeof(float) : 0;
    return request;
  }
  void train(const std::string& first) {
    const NodeId from = network.graph.find(first);
    for (NodeId id = 1; id < network.graph.size(); ++id) network.graph.set_trainable(id, id >= from);
  }

  WholeNetwork network;
};

int steps_in_turns(const Plan& plan) {
  return static_cast<int>(
      std::ranges::count_if(plan.steps(), [](const auto& step) { return step->in_turns(); }));
}

std::vector<float> floats(const Executor& executor, ValueId id) {
  const Value& value = executor.plan().value(id);
  std::vector<std::byte> host(static_cast<size_t>(value.shape.count()) * size_of(value.dtype));
  executor.read(id, host.data());
  std::vector<float> values(value.shape.count());
  to_floats(host.data(), value.shape.count(), value.dtype, values.data());
  return values;
}

// All outputs, one behind the other; with poison in what nobody may read any more.
std::vector<float> outputs_of(const Problem& problem, const std::string& name, LowerRequest request) {
  const auto device = open_device(name, {.threads = 2});
  if (name == "float64") request.dtype = DType::float64;
  Workspace workspace(*device);
  ExecutorOptions options;
  options.poison = true;
  auto plan = lower(problem.network.graph, problem.network.weights, nullptr, request);
  if (request.math == Math::bf16) widen_unserved(*plan, device->properties(), options.choice);
  CHECK((steps_in_turns(*plan) > 0) == (request.cache_bytes > 0));
  Executor executor(workspace, std::move(plan), nullptr, nullptr, options);
  const Value& input = executor.plan().value(executor.plan().inputs[0]);
  std::vector<std::byte> pixels(static_cast<size_t>(input.shape.count()) * size_of(input.dtype));
  const std::vector<float> values(problem.network.pixels.begin(), problem.network.pixels.end());
  from_floats(values.data(), input.shape.count(), input.dtype, pixels.data());
  executor.write(executor.plan().inputs[0], pixels.data());
  for (int run = 0; run < 2; ++run) executor.start(), executor.wait();  // the second may be a recording
  std::vector<float> outputs;
  for (ValueId id : executor.plan().outputs) {
    const std::vector<float> one = floats(executor, id);
    outputs.insert(outputs.end(), one.begin(), one.end());
  }
  return outputs;
}

void check_near(const std::vector<float>& found, const std::vector<float>& expected, double bound) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) CHECK(std::fabs(found[i] - expected[i]) <= bound);
}

const std::vector<std::string> devices{"float64", "cpu", "emulated", "checked"};

TEST_CASE("micro-batches: a few images at a time give what the whole batch gives, on all devices") {
  const Problem problem;
  for (const std::string& device : devices) {
    CAPTURE(device);
    check_near(outputs_of(problem, device, problem.inference(true)),
               outputs_of(problem, device, problem.inference(false)), 1e-5);
  }
}

TEST_CASE("micro-batches: in bfloat16 too, where some steps are widened") {
  const Problem problem;
  for (const std::string device : {"cpu", "emulated"}) {
    LowerRequest few = problem.inference(true), all = problem.inference(false);
    few.math = all.math = Math::bf16;
    check_near(outputs_of(problem, device, few), outputs_of(problem, device, all), 0.02);
  }
}

// Wherever the stretch ends: in a concatenation, behind a residual, at values that are wanted themselves.
TEST_CASE("micro-batches: what is wanted from within a stretch is there for the whole batch") {
  const Problem problem;
  for (const char* name : {"stem.relu", "block.relu", "left.relu", "cat", "pool", "deep.relu"}) {
    CAPTURE(name);
    LowerRequest few = problem.inference(true), all = problem.inference(false);
    few.to = all.to = {problem.network.graph.find(name), problem.network.graph.find("fc")};
    check_near(outputs_of(problem, "cpu", few), outputs_of(problem, "cpu", all), 1e-5);
  }
}

TEST_CASE("micro-batches: turns are alike, and the last ends with the batch") {
  const Problem problem;
  const auto plan = lower(problem.network.graph, problem.network.weights, nullptr, problem.inference(true));
  REQUIRE(plan->micro_batches.images == 2);
  REQUIRE(plan->micro_batches.turns() == 3);
  CHECK(plan->micro_batches.first_image(1) == 2);
  CHECK(plan->micro_batches.first_image(2) == 3);
  const auto [first, last] = plan->stretch();
  CHECK(first == 0);
  CHECK(last > 3);
  CHECK(plan->turns(*plan->steps()[0]) == 3);
  CHECK(plan->turns(*plan->steps().back()) == 1);
}

TEST_CASE("micro-batches: heavy weights, small batches and what trains stay out") {
  Problem problem;
  const auto stretch = [&](const LowerRequest& request, const Parameters* parameters) {
    const auto plan = lower(problem.network.graph, problem.network.weights, parameters, request);
    std::vector<std::string> layers;
    for (const auto& step : plan->steps())
      if (step->in_turns()) layers.push_back(step->layer());
    return layers;
  };
  const auto has = [](const std::vector<std::string>& layers, const std::string& name) {
    return std::ranges::find(layers, name) != layers.end();
  };
  const std::vector<std::string> layers = stretch(problem.inference(true), nullptr);
  CHECK(has(layers, "left"));
  CHECK_FALSE(has(layers, "deep"));
  LowerRequest roomy = problem.inference(true);
  roomy.cache_bytes *= 3;
  CHECK(stretch(roomy, nullptr).empty());

  problem.train("block");
  const auto device = open_device("cpu", {.threads = 1});
  const Parameters parameters(*device, problem.network.graph, problem.network.weights,
                              moving_statistics(problem.network.graph, BatchNormMode::frozen), 0,
                              DType::float32);
  LowerRequest training = problem.inference(true);
  training.training = true;
  training.loss = LossSettings{};
  CHECK(stretch(training, &parameters).empty());  // a single call passes nothing on
  CHECK(stretch(problem.inference(true), &parameters).empty());
}

TEST_CASE("micro-batches: a frozen prefix takes less memory, and gradients behind it are the same") {
  Problem problem;
  problem.train("deep");
  for (const std::string& name : devices) {
    CAPTURE(name);
    const auto device = open_device(name, {.threads = 2});
    const DType dtype = name == "float64" ? DType::float64 : DType::float32;
    Parameters parameters(*device, problem.network.graph, problem.network.weights,
                          moving_statistics(problem.network.graph, BatchNormMode::frozen), 0, dtype);
    ExecutorOptions options;
    options.poison = true;
    size_t bytes[2];
    std::vector<float> gradients[2];
    for (const bool turns : {false, true}) {
      LowerRequest request = problem.inference(turns);
      request.dtype = dtype;
      request.training = true;
      request.loss = LossSettings{};
      Workspace workspace(*device);
      const Buffer state(*device, sizeof(StepState));
      device->call([&] { device->fill(state.data(), 0, state.bytes(), device->stream()); });
      Executor executor(workspace,
                        lower(problem.network.graph, problem.network.weights, &parameters, request),
                        &parameters, reinterpret_cast<StepState*>(state.data()), options);
      CHECK((steps_in_turns(executor.plan()) > 0) == turns);
      bytes[turns] = executor.memory().arena_bytes;
      std::vector<std::byte> pixels(problem.network.pixels.size() * size_of(dtype));
      const std::vector<float> values(problem.network.pixels.begin(), problem.network.pixels.end());
      from_floats(values.data(), static_cast<int64_t>(values.size()), dtype, pixels.data());
      executor.write(executor.plan().inputs[0], pixels.data());
      executor.write(executor.plan().labels, problem.network.labels.data());
      executor.run();
      const TensorView found = parameters.gradients();
      gradients[turns].resize(found.shape.count());
      to_floats(found.data, found.shape.count(), dtype, gradients[turns].data());
    }
    CHECK(bytes[true] < bytes[false]);
    CHECK(*std::ranges::max_element(gradients[true]) > 1e-3);
    check_near(gradients[true], gradients[false], 1e-5);
  }
}

TEST_CASE("micro-batches: steps are counted and timed turn by turn; part of a stretch does not run") {
  const Problem problem;
  const auto device = open_device("cpu", {.threads = 1});
  Workspace workspace(*device);
  Executor executor(workspace,
                    lower(problem.network.graph, problem.network.weights, nullptr, problem.inference(true)),
                    nullptr, nullptr);
  const auto [first, last] = executor.plan().stretch();
  const size_t steps = executor.plan().steps().size();
  CHECK(executor.order().size() == steps + 2 * static_cast<size_t>(last - first));
  CHECK(executor.order()[static_cast<size_t>(last)] == first);
  CHECK_THROWS_AS(executor.run(first, first + 1), Error);
  CHECK_THROWS_AS(executor.run(last - 1, last + 1), Error);
  executor.run(first, last);
  executor.run(last, static_cast<int>(steps));
}

}  // namespace
}  // namespace graft::test
