#include "bench/cases.h"

#include <exception>

namespace graft::bench {

namespace {

struct Prepared {
  std::string name;
  Pass pass;
  int64_t count = 1;
};
// The library calls a case once for each repetition, and before that to find the number of iterations.
Prepared& current() {
  static Prepared prepared;
  return prepared;
}

}  // namespace

void register_case(const std::string& name, std::function<Pass()> prepare, int warm_up, Work work,
                   Clock clock) {
  const auto body = [name, prepare, warm_up, work, clock](benchmark::State& state) {
    Prepared& prepared = current();
    try {
      if (prepared.name != name) {
        prepared = {};
        prepared = {name, prepare()};
        for (int i = 0; i < warm_up; ++i) prepared.count = prepared.pass().iterations;
      }
      // A pass over a folder counts as many iterations as it has pictures: the time is that of one.
      while (state.KeepRunningBatch(prepared.count)) {
        const Passed passed = prepared.pass();
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
    } catch (const std::exception& error) {
      prepared = {};
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
