#include <doctest/doctest.h>

#include <algorithm>

#include "engine/check.h"
#include "engine/device_factories.h"
#include "engine/stand_in_cuda.h"
#include "support/small_network.h"
#include "transfer/training/session.h"

// The kernels' launchers are there only in a build with CUDA; on the stand-in they launch by name.
#if GRAFT_CUDA

namespace graft {
namespace {

using test::StandInCuda;
using Calls = std::vector<std::string>;

struct Trained {
  Graph graph = test::small_network(3, 0.4);
  Weights weights = test::random_weights(graph, 7);
  std::unique_ptr<Device> device;
  std::unique_ptr<Session> session;

  explicit Trained(StandInCuda& cuda) : device(open_cuda_device(&cuda, 0)) {
    SessionTraining training;
    training.batch_norm = BatchNormMode::train;
    training.update.clip_norm = 1;
    session = std::make_unique<Session>(*device, graph, weights, training,
                                        [](const Parameters::Slice&) { return SliceSettings(); });
  }

  void step(int64_t batch = 4) {
    const Shape shape{batch, 9, 9, 3};
    const std::vector<float> pixels(static_cast<size_t>(shape.count()));
    const std::vector<int32_t> labels(static_cast<size_t>(batch));
    const float* inputs[] = {pixels.data()};
    session->train({0}, {shape}, inputs, labels, {});
  }
};

Calls launches(const Calls& calls) {
  Calls list;
  for (const std::string& call : calls)
    if (call.starts_with("launch ")) list.push_back(call);
  return list;
}

TEST_CASE("session calls: what the first step launches the second records, and the third replays") {
  StandInCuda cuda;
  {
    Trained trained(cuda);
    cuda.calls();
    trained.step();
    const Calls first = cuda.calls();
    CHECK(launches(first).size() > 20);
    trained.step();
    const Calls second = cuda.calls();
    CHECK(launches(second) == launches(first));
    const auto begin = std::ranges::find(second, "begin recording s1");
    const auto end = std::ranges::find(second, "end recording s1");
    CHECK(launches({begin, end}) == launches(first));
    // The results leave before the backward pass has been launched.
    const auto copied = std::ranges::find(second, "copy 48 to host s2");  // logits: 4 x 3 floats
    CHECK(launches({copied, end}).size() > 10);

    trained.step();
    CHECK(cuda.calls() == Calls{"synchronize e3", "s2 waits for e4", "copy 4352 to device s2",
                                "record e3 on s2", "copy 40 to device s1", "s1 waits for e3",
                                "copy 3888 on device s1", "copy 16 on device s1", "record e4 on s1",
                                "replay g1 on s1", "synchronize s1"});
  }
  CHECK(cuda.live() == 0);
  CHECK(cuda.wrong_calls() == Calls{});
}

TEST_CASE("session calls: out of memory names a batch that does fit, and the next larger one does not") {
  StandInCuda cuda;
  cuda.total = size_t{8} << 20;
  Trained trained(cuda);
  trained.step(4);
  std::string said;
  try {
    trained.step(60000);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::memory);
    said = error.what();
  }
  CAPTURE(said);
  const std::string before = "are free; a batch of ";
  const size_t at = said.find(before);
  REQUIRE(at != std::string::npos);
  CHECK(said.starts_with("out of memory on cuda:0: a batch of 60000 needs "));
  const int64_t fits = std::stoll(said.substr(at + before.size()));
  CHECK(fits > 100);
  trained.step(4);  // the session goes on
  CHECK_NOTHROW(trained.step(fits));
  CHECK_THROWS_AS(trained.step(fits + fits / 10), Error);
  CHECK_NOTHROW(trained.step(fits));
}

TEST_CASE("session calls: not even one image fits") {
  StandInCuda cuda;
  Trained trained(cuda);
  cuda.total = cuda.used();
  try {
    trained.step(4);
    FAIL("it fitted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("not even a batch of one would fit") != std::string::npos);
  }
}

TEST_CASE("session calls: whichever call fails, it is one error, and nothing stays behind") {
  for (int n = 1;; n += 7) {
    StandInCuda cuda;
    cuda.fail_at(n, CudaStatus::out_of_memory);
    try {
      Trained trained(cuda);
      for (int i = 0; i < 3; ++i) trained.step();
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::memory);
    }
    CHECK(cuda.live() == 0);
    CHECK(cuda.wrong_calls() == Calls{});
    if (!cuda.failed()) break;
    REQUIRE(n < 2000);
  }
}

}  // namespace
}  // namespace graft

#endif
