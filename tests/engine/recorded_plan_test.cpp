#include <doctest/doctest.h>

#include <cstring>

#include "engine/check.h"
#include "engine/device_factories.h"
#include "engine/feed.h"
#include "engine/stand_in_cuda.h"
#include "engine/touch_op.h"

namespace graft {
namespace {

using test::StandInCuda;
using Calls = std::vector<std::string>;

// x (64 floats) -> first -> y, a result -> second -> z, which nobody asks for.
std::unique_ptr<Plan> two_steps(int64_t batch = 1) {
  auto plan = std::make_unique<Plan>();
  const ValueId x = plan->activation("x", {batch, 64}, DType::float32);
  const ValueId y = plan->activation("y", {batch, 64}, DType::float32);
  const ValueId z = plan->activation("z", {batch, 64}, DType::float32);
  plan->value(x).kept = plan->value(y).kept = true;
  const auto touch = [&](const char* kernel, ValueId from, ValueId to, size_t shared) {
    plan->emit<Touch>(kernel, Phase::forward, {kernel, shared},
                      {{&Touch::Args::x, from, Access::read}, {&Touch::Args::y, to, Access::write}});
  };
  touch("first", x, y, 64 * 1024);
  touch("second", y, z, 0);
  plan->inputs = {x};
  plan->outputs = {y};
  return plan;
}

struct Setup {
  StandInCuda cuda;
  std::unique_ptr<Device> device = open_cuda_device(&cuda, 0);
  Workspace workspace{*device};
  Executor executor{workspace, two_steps(), nullptr, nullptr};
};

TEST_CASE("recorded plan: the first run is plain, the second records, and then it is one launch") {
  Setup s;
  const auto run = [&] {
    s.cuda.calls();
    s.executor.start();
    s.executor.wait();
    return s.cuda.calls();
  };
  // y travels to the host on the other stream while the second step runs.
  const Calls plain{"allow shared 166912",    "launch first 0x0x0 s1", "record e1 on s1",
                    "s2 waits for e1",        "copy 256 to host s2",   "record e2 on s2",
                    "launch second 0x0x0 s1", "s1 waits for e2"};
  Calls first = plain;
  first.push_back("synchronize s1");
  CHECK(run() == first);

  // Memory and shared memory are asked for before, never while recording.
  Calls second(plain.begin() + 1, plain.end());
  second.insert(second.begin(), "begin recording s1");
  for (const char* call : {"end recording s1", "replay g1 on s1", "synchronize s1"}) second.push_back(call);
  CHECK(run() == second);

  for (int i = 0; i < 3; ++i) CHECK(run() == Calls{"replay g1 on s1", "synchronize s1"});
  CHECK(s.cuda.wrong_calls() == Calls{});
}

TEST_CASE("recorded plan: a workspace that moved is recorded anew, from its new addresses") {
  Setup s;
  for (int i = 0; i < 3; ++i) s.executor.start();
  Executor larger(s.workspace, two_steps(1000), nullptr, nullptr);
  s.cuda.calls();
  s.executor.start();
  const Calls calls = s.cuda.calls();
  CHECK(std::find(calls.begin(), calls.end(), "begin recording s1") != calls.end());
  CHECK(calls.back() == "replay g2 on s1");
}

TEST_CASE("recorded plan: an observer sees every step, recorded or not") {
  Setup s;
  for (int i = 0; i < 2; ++i) s.executor.start();
  int seen = 0;
  s.executor.observe([&](const Step&, std::span<const TensorView>) { ++seen; });
  s.executor.start();
  CHECK(seen == 2);
}

TEST_CASE("recorded plan: a run with marks has one behind each step, and waits only at its end") {
  Setup s;
  for (int i = 0; i < 2; ++i) s.executor.start();
  std::vector<std::unique_ptr<Event>> marks;
  for (int i = 0; i < 3; ++i) marks.push_back(s.device->make_event());
  s.cuda.calls();
  s.executor.run_marked(marks);
  CHECK(s.cuda.calls() == Calls{"record e3 on s1", "launch first 0x0x0 s1", "record e1 on s1",
                                "s2 waits for e1", "copy 256 to host s2", "record e2 on s2",
                                "record e4 on s1", "launch second 0x0x0 s1", "record e5 on s1",
                                "s1 waits for e2", "synchronize s1"});
  CHECK_THROWS_AS(s.executor.run_marked({marks.data(), 2}), Error);
}

TEST_CASE("recorded plan: the next batch's input travels while this one computes") {
  Setup s;
  Feed feed(*s.device);
  const Feed::Item item{s.executor.plan().inputs[0], [](void* to) { std::memset(to, 1, 256); }};
  for (int i = 0; i < 3; ++i) {  // until it is recorded, and every event exists
    feed.put(s.executor, {&item, 1});
    feed.deliver();
    s.executor.start();
  }
  s.cuda.calls();
  feed.put(s.executor, {&item, 1});
  // The pinned memory is free; the waiting room has been emptied; only the copying stream has work.
  CHECK(s.cuda.calls() ==
        Calls{"synchronize e3", "s2 waits for e4", "copy 256 to device s2", "record e3 on s2"});
  feed.deliver();
  s.executor.start();
  CHECK(s.cuda.calls() ==
        Calls{"s1 waits for e3", "copy 256 on device s1", "record e4 on s1", "replay g1 on s1"});
}

TEST_CASE("recorded plan: whichever call fails, nothing is left behind, and the plan can be run again") {
  int failures = 0;
  for (int n = 1;; ++n) {
    StandInCuda cuda;
    {
      const auto device = open_cuda_device(&cuda, 0);
      const int opened = cuda.live();
      cuda.fail_at(n, CudaStatus::out_of_memory);
      try {
        Workspace workspace(*device);
        Executor executor(workspace, two_steps(), nullptr, nullptr);
        Feed feed(*device);
        const Feed::Item item{executor.plan().inputs[0], [](void*) {}};
        for (int i = 0; i < 3; ++i) {
          try {
            feed.put(executor, {&item, 1});
            feed.deliver();
            executor.start();
            executor.wait();
          } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::memory);
            ++failures;
          }
        }
        CHECK(cuda.live() > opened);
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::memory);
        ++failures;
      }
      CHECK(cuda.live() == opened);
    }
    CHECK(cuda.live() == 0);
    CHECK(cuda.wrong_calls() == Calls{});
    if (!cuda.failed()) break;
    REQUIRE(n < 200);
  }
  CHECK(failures > 20);
}

TEST_CASE("recorded plan: where memory runs out for one plan, the others of the workspace still run") {
  Setup s;
  s.executor.start();
  s.cuda.total = s.cuda.used() + 100 * 1024;
  CHECK_THROWS_AS(Executor(s.workspace, two_steps(100000), nullptr, nullptr), Error);
  s.executor.start();
  s.executor.wait();
  CHECK(s.cuda.wrong_calls() == Calls{});
}

}  // namespace
}  // namespace graft
