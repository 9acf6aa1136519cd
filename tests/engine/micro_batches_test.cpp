#include <algorithm>

#include "engine/whole_network_check.h"
#include "layers/lowering/keep_float32.h"
#include "layers/lowering/micro_batches.h"
#include "layers/lowering/widen.h"
#include "support/kernel_devices.h"
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

  LowerRequest inference() const {
    LowerRequest request;
    request.from = {0};
    request.shapes = {network.shape};
    request.to = {network.graph.output()};
    return request;
  }
  LowerRequest training() const {
    LowerRequest request = inference();
    request.training = true;
    request.loss = LossSettings{};
    return request;
  }
  // In turns where there is room for two images of the widest layer.
  std::unique_ptr<Plan> plan(LowerRequest request, const Device& device, bool turns,
                             const Parameters* parameters = nullptr) const {
    if (device.properties().kind == DeviceKind::float64) request.dtype = DType::float64;
    auto plan = lower(network.graph, network.weights, parameters, request);
    if (request.math == Math::bf16) {
      keep_float32(*plan, device.properties(), {});
      widen_unserved(*plan, device.properties(), {});
    }
    if (turns) run_in_turns(*plan, size_t{2} * side * side * (8 + 8 + 8) * size_of(request.dtype));
    return plan;
  }
  void train(const std::string& first) {
    const NodeId from = network.graph.find(first);
    for (NodeId id = 1; id < network.graph.size(); ++id) network.graph.set_trainable(id, id >= from);
  }

  WholeNetwork network;
};

// Layers with steps that run in turns, in order.
std::vector<std::string> layers_in_turns(const Plan& plan) {
  std::vector<std::string> layers;
  for (const auto& step : plan.steps())
    if (step->turns() > 1) layers.push_back(step->layer());
  return layers;
}

bool has(const std::vector<std::string>& layers, const std::string& name) {
  return std::ranges::find(layers, name) != layers.end();
}

// A plan made ready, with poison in what nobody may read any more.
class Run {
 public:
  Run(const Problem& problem, const std::string& name, LowerRequest request, bool turns)
      : device_(open_device(name, {.threads = 2})),
        dtype_(name == "float64" ? DType::float64 : DType::float32),
        workspace_(*device_),
        state_(*device_, sizeof(StepState)) {
    const Graph& graph = problem.network.graph;
    if (request.loss)
      parameters_ = std::make_unique<Parameters>(*device_, graph, problem.network.weights,
                                                 moving_statistics(graph, request.batch_norm), 0, dtype_);
    device_->call([&] { device_->fill(state_.data(), 0, state_.bytes(), device_->stream()); });
    ExecutorOptions options;
    options.poison = true;
    executor_ =
        std::make_unique<Executor>(workspace_, problem.plan(request, *device_, turns, parameters_.get()),
                                   parameters_.get(), reinterpret_cast<StepState*>(state_.data()), options);
    const Plan& plan = executor_->plan();
    const Value& input = plan.value(plan.inputs[0]);
    std::vector<std::byte> pixels(static_cast<size_t>(input.shape.count()) * size_of(input.dtype));
    const std::vector<float> values(problem.network.pixels.begin(), problem.network.pixels.end());
    from_floats(values.data(), input.shape.count(), input.dtype, pixels.data());
    executor_->write(plan.inputs[0], pixels.data());
    if (request.loss) executor_->write(plan.labels, problem.network.labels.data());
    for (int run = 0; run < 2; ++run) executor_->start(), executor_->wait();
  }

  const Executor& executor() const { return *executor_; }
  const Plan& plan() const { return executor_->plan(); }

  // All outputs, one behind the other.
  std::vector<float> outputs() const {
    std::vector<float> all;
    for (ValueId id : plan().outputs) {
      const Value& value = plan().value(id);
      std::vector<std::byte> host(static_cast<size_t>(value.shape.count()) * size_of(value.dtype));
      executor_->read(id, host.data());
      append(host.data(), value.shape.count(), value.dtype, all);
    }
    return all;
  }
  std::vector<float> gradients() const {
    std::vector<float> all;
    const TensorView found = parameters_->gradients();
    append(found.data, found.shape.count(), dtype_, all);
    return all;
  }

 private:
  static void append(const void* from, int64_t count, DType dtype, std::vector<float>& all) {
    all.resize(all.size() + static_cast<size_t>(count));
    to_floats(from, count, dtype, all.data() + all.size() - count);
  }

  std::unique_ptr<Device> device_;
  DType dtype_;
  Workspace workspace_;
  Buffer state_;
  std::unique_ptr<Parameters> parameters_;
  std::unique_ptr<Executor> executor_;
};

void check_near(const std::vector<float>& found, const std::vector<float>& expected, double bound) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) CHECK(std::fabs(found[i] - expected[i]) <= bound);
}

// Those of this build.
std::vector<std::string> devices() {
  std::vector<std::string> names{"float64", "cpu"};
  for (const auto& device : kernel_devices()) names.push_back(device->properties().name);
  if (GRAFT_CHECKED) names.push_back("checked");
  return names;
}

TEST_CASE("micro-batches: a few images at a time give what the whole batch gives, on all devices") {
  const Problem problem;
  for (const std::string& device : devices()) {
    CAPTURE(device);
    const Run few(problem, device, problem.inference(), true),
        all(problem, device, problem.inference(), false);
    CHECK(has(layers_in_turns(few.plan()), "stem"));
    CHECK(layers_in_turns(all.plan()).empty());
    CHECK(few.executor().memory().arena_bytes < all.executor().memory().arena_bytes);
    check_near(few.outputs(), all.outputs(), 1e-5);
  }
}

TEST_CASE("micro-batches: in bfloat16 too, where some steps are widened") {
  const Problem problem;
  LowerRequest request = problem.inference();
  request.math = Math::bf16;
  for (const std::string device : {"cpu", "emulated"})
    check_near(Run(problem, device, request, true).outputs(), Run(problem, device, request, false).outputs(),
               0.02);
}

// Wherever the stretch ends: in a concatenation, behind a residual, at values that are wanted themselves.
TEST_CASE("micro-batches: what is wanted from within a stretch is there for the whole batch") {
  const Problem problem;
  for (const char* name : {"stem.relu", "block.relu", "left.relu", "cat", "pool", "deep.relu"}) {
    CAPTURE(name);
    LowerRequest request = problem.inference();
    request.to = {problem.network.graph.find(name), problem.network.graph.find("fc")};
    const Run few(problem, "cpu", request, true);
    CHECK_FALSE(few.plan().stretches.empty());
    check_near(few.outputs(), Run(problem, "cpu", request, false).outputs(), 1e-5);
  }
}

TEST_CASE("micro-batches: turns are alike, and the last ends with the batch") {
  const Stretch five{0, 1, 5, 2}, seven{0, 1, 7, 7};
  CHECK(five.turns() == 3);
  CHECK(five.first_image(1) == 2);
  CHECK(five.first_image(2) == 3);
  CHECK(seven.turns() == 1);
  const Problem problem;
  const auto device = open_device("cpu", {.threads = 1});
  const auto plan = problem.plan(problem.inference(), *device, true);
  REQUIRE(plan->stretches.size() >= 1);
  CHECK(plan->stretches[0].first == 0);
  CHECK(plan->stretches[0].images == 2);
  CHECK(plan->steps()[0]->turns() == 3);
}

// Of five images four would find room, and three would be computed again.
TEST_CASE("micro-batches: a turn has no more images than its number of turns needs") {
  const Problem problem;
  auto plan = lower(problem.network.graph, problem.network.weights, nullptr, problem.inference());
  run_in_turns(*plan, size_t{4} * side * side * (8 + 8 + 8) * sizeof(float));
  REQUIRE(plan->stretches.size() >= 1);
  CHECK(plan->stretches[0].turns() == 2);
  CHECK(plan->stretches[0].images == 3);
}

TEST_CASE("micro-batches: heavy weights and batches that have room stay out") {
  const Problem problem;
  const auto device = open_device("cpu", {.threads = 1});
  const std::vector<std::string> layers = layers_in_turns(*problem.plan(problem.inference(), *device, true));
  CHECK(has(layers, "left"));
  CHECK_FALSE(has(layers, "deep"));
  auto plan = lower(problem.network.graph, problem.network.weights, nullptr, problem.inference());
  run_in_turns(*plan, size_t{1} << 20);
  CHECK(plan->stretches.empty());
}

TEST_CASE("micro-batches: gradients are the same, behind a frozen prefix and where everything trains") {
  Problem problem;
  for (const std::string first : {"deep", "left", "stem"})
    for (const BatchNormMode mode : {BatchNormMode::frozen, BatchNormMode::train})
      for (const std::string& device : devices()) {
        CAPTURE(first);
        CAPTURE(device);
        problem.train(first);
        LowerRequest request = problem.training();
        request.batch_norm = mode;
        const Run few(problem, device, request, true), all(problem, device, request, false);
        CHECK_FALSE(few.plan().stretches.empty());
        const std::vector<float> expected = all.gradients();
        CHECK(*std::ranges::max_element(expected) > 1e-3);
        check_near(few.gradients(), expected, 1e-5);
      }
}

TEST_CASE("micro-batches: steps are counted and timed turn by turn; part of a stretch does not run") {
  const Problem problem;
  const auto device = open_device("cpu", {.threads = 1});
  Workspace workspace(*device);
  Executor executor(workspace, problem.plan(problem.inference(), *device, true), nullptr, nullptr);
  const Stretch stretch = executor.plan().stretches.at(0);
  const int first = stretch.first, last = stretch.last,
            steps = static_cast<int>(executor.plan().steps().size());
  size_t runs = 0;
  for (const auto& step : executor.plan().steps()) runs += static_cast<size_t>(step->turns());
  CHECK(executor.plan().order().size() == runs);
  CHECK(executor.plan().order()[static_cast<size_t>(last)] == first);
  CHECK_THROWS_AS(executor.run(first, first + 1), Error);
  CHECK_THROWS_AS(executor.run(last - 1, last + 1), Error);
  executor.run(first, last);
  executor.run(last, steps);
}

}  // namespace
}  // namespace graft::test
