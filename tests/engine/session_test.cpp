#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "engine/random.h"
#include "layers/flatten.h"
#include "support/small_network.h"
#include "transfer/training/session.h"

namespace graft {
namespace {

struct Problem {
  Graph graph;
  Weights weights;
  std::vector<float> pixels;
  std::vector<int32_t> labels{0, 2, 1, 1};
  Shape shape{4, 9, 9, 3};

  explicit Problem(double dropout = 0)
      : graph(test::small_network(3, dropout)), weights(test::random_weights(graph, 7)) {
    RandomStream random(3, RandomUse::augment);
    pixels.resize(shape.count());
    for (float& pixel : pixels) pixel = 2 * random.uniform() - 1;
  }
};

SessionTraining sgd(BatchNormMode mode = BatchNormMode::frozen) {
  SessionTraining training;
  training.batch_norm = mode;
  return training;
}

SliceSettings plain(const Parameters::Slice&) { return {}; }

std::vector<double> losses(Session& session, const Problem& problem, int steps, double rate = 0.05) {
  std::vector<double> list;
  for (int i = 0; i < steps; ++i) {
    const float* inputs[] = {problem.pixels.data()};
    StepState state;
    state.step = static_cast<uint64_t>(i);
    state.seed = 5;
    state.learning_rate = rate;
    list.push_back(session.train({0}, {problem.shape}, inputs, problem.labels, state).loss);
  }
  return list;
}

TEST_CASE("session: one batch is learned by heart on every device, with the same losses") {
  const Problem problem;
  std::vector<std::vector<double>> runs;
  for (const char* name : {"float64", "cpu", "emulated"}) {
    const auto device = open_device(name, {.threads = 2});
    Session session(*device, problem.graph, problem.weights, sgd(BatchNormMode::train), plain);
    runs.push_back(losses(session, problem, 60));
    CHECK(runs.back().front() > 0.9);
    CHECK(runs.back().back() < 0.05);
  }
  for (size_t device = 1; device < runs.size(); ++device)
    for (int step = 0; step < 10; ++step)
      CHECK(runs[device][step] == doctest::Approx(runs[0][step]).epsilon(1e-4));
}

#if GRAFT_CHECKED
TEST_CASE("session: the checked device finds nothing in a training step, and has the emulated one's bits") {
  const Problem problem(0.3);
  std::vector<std::vector<double>> runs;
  for (const char* name : {"emulated", "checked"}) {
    const auto device = open_device(name, {.threads = 1});
    Session session(*device, problem.graph, problem.weights, sgd(BatchNormMode::train), plain);
    runs.push_back(losses(session, problem, 3));
  }
  CHECK(runs[0] == runs[1]);
}
#endif

TEST_CASE("session: the same seed twice gives the same bits; with our kernels, for any number of threads") {
  const Problem problem(0.4);
  for (const std::string name : {"cpu", "emulated"}) {
    std::vector<double> first;
    // oneDNN splits its sums by the number of threads.
    for (int threads : {2, 2, name == "cpu" ? 2 : 1}) {
      const auto device = open_device(name, {.threads = threads});
      Session session(*device, problem.graph, problem.weights, sgd(), plain);
      const std::vector<double> got = losses(session, problem, 5);
      if (first.empty()) first = got;
      CHECK(got == first);
    }
  }
}

TEST_CASE("session: a network of nothing but names for its input gives the input") {
  const Problem problem;
  Graph graph;
  graph.add("flatten", std::make_shared<Flatten>(), {graph.input()});
  for (const char* name : {"cpu", "emulated"}) {
    const auto device = open_device(name);
    const Weights none;
    Session session(*device, graph, none);
    const float* inputs[] = {problem.pixels.data()};
    for (int run = 0; run < 2; ++run)
      CHECK(session.infer({0}, {problem.shape}, inputs, {graph.output()}).at(0) == problem.pixels);
  }
}

TEST_CASE("session: a race before the first step leaves nothing behind") {
  const Problem problem(0.4);
  const auto device = open_device("emulated", {.threads = 1});
  ExecutorOptions racing, told;
  racing.choice.winners = std::make_shared<Winners>();
  Session raced(*device, problem.graph, problem.weights, sgd(BatchNormMode::train), plain, racing);
  const std::vector<double> got = losses(raced, problem, 4);
  told.choice.preferred = raced.implementations();
  CHECK_FALSE(racing.choice.winners->chosen.empty());
  for (const auto& [race, winner] : racing.choice.winners->chosen)
    CHECK(told.choice.preferred.at(race) == winner);
  Session straight(*device, problem.graph, problem.weights, sgd(BatchNormMode::train), plain, told);
  CHECK(losses(straight, problem, 4) == got);
}

TEST_CASE("session: memory that is reused too early would be seen") {
  const Problem problem;
  for (const char* name : {"float64", "cpu", "emulated"}) {
    const auto device = open_device(name, {.threads = 2});
    Session plain_session(*device, problem.graph, problem.weights, sgd(BatchNormMode::train), plain);
    ExecutorOptions poisoned;
    poisoned.poison = true;
    Session session(*device, problem.graph, problem.weights, sgd(BatchNormMode::train), plain, poisoned);
    CHECK(losses(session, problem, 4) == losses(plain_session, problem, 4));
  }
}

TEST_CASE("session: frozen weights and what a rate of 0 leaves alone never move") {
  Problem problem;
  for (NodeId id = 1; id < problem.graph.size(); ++id)
    problem.graph.set_trainable(id, problem.graph[id].name == "fc" || problem.graph[id].name == "conv2");
  const auto device = open_device("cpu", {.threads = 2});
  Session session(*device, problem.graph, problem.weights, sgd(), [](const Parameters::Slice& slice) {
    return SliceSettings{.rate_scale = slice.name.starts_with("conv2") ? 0.0 : 1.0, .decay = 0.1, .born = 0};
  });
  losses(session, problem, 3);
  Weights after = problem.weights;
  session.parameters().store(after);
  int moved = 0, same = 0;
  for (const auto& [name, tensor] : problem.weights) {
    const bool equal = std::memcmp(tensor.data, after.at(name).data, tensor.count() * sizeof(float)) == 0;
    (name.starts_with("fc") ? moved : same) += name.starts_with("fc") ? !equal : equal;
  }
  CHECK(moved == 2);
  CHECK(same == static_cast<int>(problem.weights.size()) - 2);
}

TEST_CASE("session: a frozen layer behind a trainable one passes the gradient on") {
  Problem problem;
  for (NodeId id = 1; id < problem.graph.size(); ++id)
    problem.graph.set_trainable(id, problem.graph[id].name == "conv1");
  const auto device = open_device("float64");
  Session session(*device, problem.graph, problem.weights, sgd(), plain);
  const std::vector<double> got = losses(session, problem, 40);
  CHECK(got.back() < got.front() - 0.01);
}

}  // namespace
}  // namespace graft
