#include <numeric>
#include <vector>

#include "emulator/checker_cases.h"
#include "emulator/fixture.h"
#include "support/paths.h"

#if GRAFT_CHECKED

namespace graft {
namespace {

using emulator::Delivery;
using emulator::Options;
using emulator::Order;
using test::CheckerCase;
using test::EmulatedStream;

// What the checker says; empty if nothing.
std::string verdict(EmulatedStream& checked, const CheckerCase& c, const Options& options) {
  Buffer x(*checked.device, test::case_floats * 4), y(*checked.device, test::case_floats * 4),
      words(*checked.device, test::case_words * 4);
  std::vector<float> numbers(test::case_floats);
  std::iota(numbers.begin(), numbers.end(), 0.0f);
  checked.device->copy_in(x.data(), numbers.data(), x.bytes(), checked.stream);
  checked.device->fill(words.data(), 0, words.bytes(), checked.stream);
  emulator::emulator_of(checked.stream).set_options(options);
  return test::error_of([&] {
    checked::run_case(c, reinterpret_cast<float*>(x.data()), reinterpret_cast<float*>(y.data()),
                      reinterpret_cast<uint32_t*>(words.data()), checked.stream);
  });
}

const Options all_orders[] = {{},
                              {Order::reverse, Order::reverse, Delivery::at_wait},
                              {Order::shuffled, Order::shuffled, Delivery::at_random, 1},
                              {Order::shuffled, Order::reverse, Delivery::at_random, 2}};

void check_bugs(std::span<const CheckerCase> bugs) {
  EmulatedStream checked(1, "checked");
  for (const CheckerCase& bug : bugs) {
    for (const Options& options : all_orders) {
      const std::string found = verdict(checked, bug, options);
      CHECK_MESSAGE(!found.empty(), std::string(bug.name), " was not found in order ",
                    static_cast<int>(options.threads));
      // The words name lines, which a bundle's program has been stripped of.
      if (options.threads == Order::forward && !test::bundled()) {
        CHECK_MESSAGE(test::contains(found, std::string("kernel ") + bug.name), found);
        CHECK_MESSAGE(test::contains(found, bug.expected), "expected '", std::string(bug.expected),
                      "', found: ", found);
      }
    }
  }
}

TEST_CASE("checker: planted bugs in shared memory are found") { check_bugs(checked::shared_memory_bugs()); }
TEST_CASE("checker: planted bugs of asynchronous copies are found") {
  check_bugs(checked::asynchronous_bugs());
}
TEST_CASE("checker: planted bugs in global memory are found") { check_bugs(checked::global_memory_bugs()); }
TEST_CASE("checker: planted divergence is found") { check_bugs(checked::divergence_bugs()); }

TEST_CASE("checker: correct, awkward kernels are not accused") {
  EmulatedStream checked(1, "checked:sm_90a");
  for (const CheckerCase& c : checked::awkward_kernels())
    for (const Options& options : all_orders) {
      const std::string found = verdict(checked, c, options);
      CHECK_MESSAGE(found.empty(), std::string(c.name), ": ", found);
    }
}

TEST_CASE("checker: wavefronts and sectors are counted by request") {
  EmulatedStream checked(1, "checked");
  for (const test::CountedCase& c : checked::counted_kernels()) {
    REQUIRE(verdict(checked, c.launch, {.count = true}) == "");
    const emulator::KernelCounts counts = emulator::emulator_of(checked.stream).counts().at(c.launch.name);
    const auto check = [&](const char* space, const emulator::RequestCounts& found,
                           const emulator::RequestCounts& expected) {
      const std::string what = std::string(c.launch.name) + ", " + space;
      CHECK_MESSAGE(found.requests == expected.requests, what, ": ", found.requests, " requests");
      CHECK_MESSAGE(found.parts == expected.parts, what, ": ", found.parts, " wavefronts or sectors");
      CHECK_MESSAGE(found.ideal == expected.ideal, what, ": ", found.ideal, " would be ideal");
    };
    check("shared", counts.shared, c.shared);
    check("global", counts.global, c.global);
  }
  emulator::emulator_of(checked.stream).set_options({});
  CHECK(checked::counted_kernels().size() > 5);
}

TEST_CASE("checker: there are as many cases as promised") {
  CHECK(checked::shared_memory_bugs().size() + checked::asynchronous_bugs().size() +
            checked::global_memory_bugs().size() + checked::divergence_bugs().size() >=
        40);
  CHECK(checked::awkward_kernels().size() >= 20);
}

}  // namespace
}  // namespace graft

#endif
