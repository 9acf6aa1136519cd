#include "engine/tuner.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "engine/executor.h"

namespace graft {

// An op whose entries only take their time, and count how often they run.
struct Linger {
  static constexpr std::string_view name = "linger";
  using Problem = int;  // entries refuse below their limit
  struct Args {
    TensorView x, y;
  };
};

namespace {
int runs_of_slow, runs_of_fast, runs_of_same, runs_of_plain;
}

template <int milliseconds, int* runs>
class Lingering final : public Prepared<Linger> {
 public:
  void run(const Linger::Args& args, const RunContext& context) override {
    ++*runs;
    CHECK(args.x.as<float>()[0] > 0);
    CHECK(context.scratch != nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    args.y.as<float>()[0] = args.x.as<float>()[0];
  }
  static std::unique_ptr<Prepared<Linger>> prepare(const int&, Device&) {
    return std::make_unique<Lingering>();
  }
};

template <>
inline std::span<const Implementation<Linger>> implementations<Linger>() {
  constexpr auto from_five = [](const int& problem, const DeviceProperties&) -> std::string {
    return problem < 5 ? "below 5" : "";
  };
  static const Implementation<Linger> list[] = {
      {"slow", DeviceKind::cpu, accept_all<Linger>, Lingering<20, &runs_of_slow>::prepare},
      {"fast", DeviceKind::cpu, from_five, Lingering<1, &runs_of_fast>::prepare},
      {"same", DeviceKind::cpu, from_five, Lingering<1, &runs_of_same>::prepare},
      {reference_name, DeviceKind::cpu, accept_all<Linger>, Lingering<0, &runs_of_plain>::prepare},
  };
  return list;
}

namespace {

// x lasts, as a parameter does; y is an activation.
struct Raced {
  std::string name, said;
  bool kept = false;
  Choices winners;
};
Raced race(int problem, ChoiceOptions options) {
  runs_of_slow = runs_of_fast = runs_of_same = runs_of_plain = 0;
  const auto device = open_device("cpu", {.threads = 1});
  auto plan = std::make_unique<Plan>();
  const ValueId x = plan->activation("x", {4}, DType::float32);
  const ValueId y = plan->activation("y", {4}, DType::float32);
  plan->inputs = {x};
  plan->outputs = {y};
  plan->emit<Linger>("layer", Phase::forward, problem,
                     {{&Linger::Args::x, x, Access::read}, {&Linger::Args::y, y, Access::write}});
  Raced raced;
  options.explain = [&](const std::string& line) { raced.said += line + '\n'; };
  if (options.winners) options.winners->keep = [&](const Choices&) { raced.kept = true; };
  Workspace workspace(*device);
  const Executor executor(workspace, std::move(plan), nullptr, nullptr, {.choice = options});
  raced.name = executor.plan().steps()[0]->implementation();
  if (options.winners) raced.winners = options.winners->chosen;
  return raced;
}

TEST_CASE("tuner: the fastest is taken, kept, and not looked for again") {
  ChoiceOptions options;
  CHECK(race(7, options).name == "slow");
  CHECK(runs_of_slow + runs_of_fast + runs_of_same == 0);

  options.winners = std::make_shared<Winners>();
  const Raced raced = race(7, options);
  CHECK(raced.name != "slow");
  CHECK(raced.kept);
  CHECK(raced.winners == Choices{{"linger 7", raced.name}});
  CHECK(raced.said.find("linger 7: timed: slow ") == 0);
  CHECK(raced.said.find(text("linger 7: ", raced.name, ", the fastest")) != std::string::npos);
  CHECK(runs_of_slow >= 2);
  CHECK(runs_of_plain == 0);

  const Raced again = race(7, options);
  CHECK(again.name == raced.name);
  CHECK_FALSE(again.kept);
  CHECK(runs_of_fast + runs_of_same == 0);
}

TEST_CASE("tuner: no race where there is nothing to find out") {
  ChoiceOptions options;
  options.winners = std::make_shared<Winners>();
  const auto check_none = [&](int problem, const char* name) {
    const Raced raced = race(problem, options);
    CHECK(raced.name == name);
    CHECK_FALSE(raced.kept);
    CHECK(runs_of_slow + runs_of_fast + runs_of_same + runs_of_plain == 0);
  };
  check_none(3, "slow");  // nobody else takes it
  options.preferred["linger 7"] = "same";
  check_none(7, "same");
  options.forced["linger"] = "slow";
  check_none(7, "slow");
  options.forced.clear();
  options.preferred.clear();

  // What is no longer there is looked for anew.
  options.winners->chosen["linger 7"] = "gone";
  CHECK(race(7, options).kept);
  CHECK(options.winners->chosen["linger 7"] != "gone");
}

}  // namespace
}  // namespace graft
