#include <doctest/doctest.h>

#include <cstring>
#include <thread>

#include "end_to_end/program.h"
#include "engine/random.h"
#include "support/gpu.h"
#include "support/small_network.h"
#include "transfer/training/session.h"

namespace graft::test {
namespace {

// One batch of a small network, and what training it gave.
struct Training {
  Graph graph = small_network(3, 0.4);
  Weights weights = random_weights(graph, 7);
  Shape shape{4, 9, 9, 3};
  std::vector<float> pixels = std::vector<float>(static_cast<size_t>(shape.count()));
  std::vector<int32_t> labels{0, 2, 1, 1};

  Training() {
    RandomStream random(3, RandomUse::augment);
    for (float& pixel : pixels) pixel = 2 * random.uniform() - 1;
  }

  struct Result {
    std::vector<double> losses;
    Weights weights;
  };
  Result run(const char* device_name, int steps, const ExecutorOptions& options = {}) const {
    const auto device = open_device(device_name, {.threads = 2});
    SessionTraining training;
    training.batch_norm = BatchNormMode::train;
    Session session(
        *device, graph, weights, training, [](const Parameters::Slice&) { return SliceSettings(); }, options);
    Result result;
    const float* inputs[] = {pixels.data()};
    for (int i = 0; i < steps; ++i) {
      StepState state;
      state.step = static_cast<uint64_t>(i);
      state.learning_rate = 0.05 / (i + 1);  // moves, so that a recording that froze it would be seen
      result.losses.push_back(session.train({0}, {shape}, inputs, labels, state).loss);
    }
    session.parameters().store(result.weights);
    return result;
  }
};

bool same_bits(const Weights& a, const Weights& b) {
  if (a.size() != b.size() || a.empty()) return false;
  for (const auto& [name, tensor] : a)
    if (std::memcmp(tensor.data, b.at(name).data, tensor.count() * sizeof(float)) != 0) return false;
  return true;
}

TEST_CASE("gpu: training gives the CPU's losses, dropout and moving statistics included" *
          doctest::skip(no_gpu())) {
  const Training training;
  const std::vector<double> cpu = training.run("cpu", 10).losses, gpu = training.run("cuda", 10).losses;
  for (size_t i = 0; i < cpu.size(); ++i) CHECK(gpu[i] == doctest::Approx(cpu[i]).epsilon(1e-4));
}

TEST_CASE("gpu: a recorded plan gives the bits of one that is launched step by step, and of itself" *
          doctest::skip(no_gpu())) {
  const Training training;
  ExecutorOptions plain;
  plain.record = false;
  const Training::Result launched = training.run("cuda", 6, plain);
  for (int repeat = 0; repeat < 2; ++repeat) {
    const Training::Result recorded = training.run("cuda", 6);
    CHECK(recorded.losses == launched.losses);
    CHECK(same_bits(recorded.weights, launched.weights));
  }
}

TEST_CASE("gpu: memory that is reused too early would be seen" * doctest::skip(no_gpu())) {
  const Training training;
  ExecutorOptions poisoned;
  poisoned.poison = true;
  CHECK(training.run("cuda", 4, poisoned).losses == training.run("cuda", 4).losses);
}

TEST_CASE("gpu: many sessions at once give the bits of one alone" * doctest::skip(no_gpu())) {
  const Training training;
  const Training::Result alone = training.run("cuda", 6);
  std::vector<Training::Result> results(4);
  std::vector<std::thread> threads;
  for (Training::Result& result : results) threads.emplace_back([&] { result = training.run("cuda", 6); });
  for (std::thread& thread : threads) thread.join();
  for (const Training::Result& result : results) {
    CHECK(result.losses == alone.losses);
    CHECK(same_bits(result.weights, alone.weights));
  }
}

TEST_CASE("gpu: a batch that does not fit is told, with one that would, and the session goes on" *
          doctest::skip(no_gpu())) {
  const Training training;
  const auto device = open_device("cuda");
  Session session(*device, training.graph, training.weights);
  const std::vector<float> none;
  std::string said;
  try {
    const float* inputs[] = {training.pixels.data()};
    session.stage({0}, {{1 << 20, 512, 512, 3}}, inputs, {training.graph.output()});
  } catch (const Error& error) {
    said = error.what();
    CHECK(error.code() == ErrorCode::memory);
  }
  CAPTURE(said);
  CHECK(said.find("a batch of 1048576 needs ") != std::string::npos);
  CHECK(said.find(" would fit") != std::string::npos);
  const float* inputs[] = {training.pixels.data()};
  CHECK(session.infer({0}, {training.shape}, inputs, {training.graph.output()})[0].size() == 12);
}

TEST_CASE("gpu: the program trains there as on the CPU, and the model predicts there" *
          doctest::skip(no_gpu())) {
  const SampleProject& p = sample_project();
  std::vector<double> losses;
  for (const char* device : {"cpu", "cuda"}) {
    const std::string report = p.path(std::string("report-") + device);
    const ProgramResult trained = run_program(
        p.train({"--weights", p.weights(), "--epochs", "4", "--train", "last:1", "--augment", "none",
                 "--device", device, "--out", p.path(std::string(device) + ".graft"), "--report", report}));
    CAPTURE(trained.error);
    REQUIRE(trained.status == 0);
    losses.push_back(json_number(read_text(report + "/report.json"), "train_loss"));
  }
  CHECK(losses[1] == doctest::Approx(losses[0]).epsilon(1e-3));
  const ProgramResult predicted = run_program({"predict", "--model", p.path("cuda.graft"), "--device", "cuda",
                                               "--json", p.path("data/val/dark/0.png")});
  CHECK(predicted.status == 0);
}

TEST_CASE("gpu: without one, the program says why in one line" * doctest::skip(!no_gpu())) {
  const SampleProject& p = sample_project();
  for (const char* device : {"cuda", "cuda:1"}) {
    const ProgramResult result =
        run_program({"predict", "--weights", p.weights(), "--device", device, p.path("data/val/dark/0.png")});
    CAPTURE(result.error);
    CHECK(result.status == 1);
    CHECK(is_one_line_error(result.error));
    CHECK(result.error.find("device 'cuda:") != std::string::npos);
    CHECK(result.error.find(automatic_device().why_not_cuda) != std::string::npos);
  }
  const ProgramResult automatic =
      run_program({"predict", "--weights", p.weights(), "--json", p.path("data/val/dark/0.png")});
  CHECK(automatic.status == 0);
  CHECK(automatic.out.starts_with("["));
  CHECK(automatic.error.find("device: cpu (no GPU: ") != std::string::npos);
}

}  // namespace
}  // namespace graft::test
