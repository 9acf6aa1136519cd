#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/device.h"
#include "kernels/emulator/access_counts.h"
#include "kernels/targets.h"

namespace graft::test {

// A kernel for the checker. x: 1024 floats, 0 1 2 ...; y: 1024 floats that nobody wrote; words: 64 zeros.
struct CheckerCase {
  const char* name;
  void (*kernel)(float* x, float* y, uint32_t* words);
  int blocks, threads;
  const char* expected;  // a part of the message with everything in forward order; "" where nothing is wrong
  size_t shared_bytes = 4096;
};
// A kernel for the counters, one warp.
struct CountedCase {
  CheckerCase launch;
  emulator::RequestCounts shared, global;
};
constexpr int64_t case_floats = 1024, case_words = 64;

}  // namespace graft::test

GRAFT_FOR_EACH_TARGET(std::span<const test::CheckerCase> shared_memory_bugs();
                      std::span<const test::CheckerCase> asynchronous_bugs();
                      std::span<const test::CheckerCase> global_memory_bugs();
                      std::span<const test::CheckerCase> divergence_bugs();
                      std::span<const test::CountedCase> counted_kernels();
                      std::span<const test::CheckerCase> awkward_kernels();
                      void run_case(const test::CheckerCase&, float* x, float* y, uint32_t* words,
                                    Stream& stream);)
