#include "bench/cases.h"

#include <exception>
#include <optional>

namespace graft::bench {

namespace {

struct CurrentCase {
  std::string name;
  std::optional<Case> ready;
  int64_t count = 1;
};
// The library calls a case once for each repetition, and before that to find the number of iterations.
CurrentCase& current_case() {
  static CurrentCase current;
  return current;
}

}  // namespace

void register_case(const std::string& name, std::function<Case()> prepare, int warm_up, Work work,
                   Clock clock) {
  const auto body = [name, prepare, warm_up, work, clock](benchmark::State& state) {
    CurrentCase& current = current_case();
    try {
      if (current.name != name) {
        current = {};
        current = {name, prepare()};
        for (int i = 0; i < warm_up; ++i) current.count = current.ready->pass().iterations;
      }
      // A pass over a folder counts as many iterations as it has pictures: the time is that of one.
      while (state.KeepRunningBatch(current.count)) {
        const Passed passed = current.ready->pass();
        if (clock == Clock::device) state.SetIterationTime(passed.device_seconds);
      }
      const auto rate = [&](const char* unit, double amount) {
        if (amount > 0) state.counters[unit] = {1e-9 * amount, benchmark::Counter::kIsIterationInvariantRate};
      };
      rate("GFLOP/s", work.flops);
      rate("GB/s", work.bytes);
      // For bench/table: of one iteration.
      if (work.flops > 0) state.counters["flops"] = work.flops;
      if (work.bytes > 0) state.counters["bytes"] = work.bytes;
      if (current.ready->facts)
        for (const auto& [fact, value] : current.ready->facts()) state.counters[fact] = value;
    } catch (const std::exception& error) {
      current = {};
      state.SkipWithError(error.what());
    }
  };
  auto* registered = benchmark::RegisterBenchmark(name.c_str(), body)->Unit(benchmark::kMillisecond);
  if (clock == Clock::device)
    registered->UseManualTime();
  else
    registered->MeasureProcessCPUTime()->UseRealTime();
}

}  // namespace graft::bench
