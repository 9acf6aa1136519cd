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

void register_case(const std::string& name, std::function<Pass()> prepare, int warm_up, Work work) {
  const auto body = [name, prepare, warm_up, work](benchmark::State& state) {
    Prepared& prepared = current();
    try {
      if (prepared.name != name) {
        prepared = {};
        prepared = {name, prepare()};
        for (int i = 0; i < warm_up; ++i) prepared.count = prepared.pass();
      }
      // A pass over a folder counts as many iterations as it has pictures: the time is that of one.
      while (state.KeepRunningBatch(prepared.count)) prepared.pass();
      const auto rate = [&](const char* unit, double amount) {
        if (amount > 0) state.counters[unit] = {1e-9 * amount, benchmark::Counter::kIsIterationInvariantRate};
      };
      rate("GFLOP/s", work.flops);
      rate("GB/s", work.bytes);
    } catch (const std::exception& error) {
      prepared = {};
      state.SkipWithError(error.what());
    }
  };
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->MeasureProcessCPUTime()
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace graft::bench
