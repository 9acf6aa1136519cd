#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/kernel_shape.h"
#include "engine/device.h"
#include "engine/dtype.h"

namespace graft::bench {

struct Settings {
  std::string device = "cpu";
  Math precision = Math::fp32;  // what whole networks may use
  int threads = 2;
  bool record = true;                   // plans are replayed from recordings, where the device records
  std::string data;                     // folder of one folder per class; empty: no loader cases
  std::vector<int64_t> batches = {32};  // images a training step; inference runs on one image as well
};

void register_inference(const Settings& settings);
void register_training_steps(const Settings& settings);
void register_loader(const Settings& settings);
void register_kernels(const Settings& settings);  // every entry of every op's list on the named shapes

// Instead of timing: the memory requests of our kernels in a training step of three networks, counted on the
// checked device; a table with tabs between its columns, on standard output.
void print_accesses(Math precision);

// What one call of a pass was: so many iterations of the benchmark, and their seconds where the device timed.
struct Passed {
  Passed(int64_t iterations, double device_seconds = 0)
      : iterations(iterations), device_seconds(device_seconds) {}
  int64_t iterations;
  double device_seconds;
};
// What is timed, made ready.
using Pass = std::function<Passed()>;
// What is known of a case besides its time, under the names of the counters that tell it.
using Facts = std::map<std::string, double>;
struct Case {
  Case(Pass pass, std::function<Facts()> facts = {}) : pass(std::move(pass)), facts(std::move(facts)) {}
  Pass pass;
  std::function<Facts()> facts;  // if any; called after passes, outside what is timed
};
enum class Clock : uint8_t { host, device };
// A case under one of the fixed names. `prepare` runs once before the first repetition, then `warm_up` (>= 1)
// passes that are not counted; what it holds is dropped when the next case begins, so that memory is for one
// only.
void register_case(const std::string& name, std::function<Case()> prepare, int warm_up = 2, Work work = {},
                   Clock clock = Clock::host);

}  // namespace graft::bench
