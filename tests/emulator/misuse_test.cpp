#include <atomic>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "emulator/fixture.h"
#include "emulator/kernels.h"
#include "kernels/emulator/thread.h"

namespace graft {
namespace {

using test::contains;
using test::EmulatedStream;
using test::error_of;

// The device must still work after an error.
void check_usable(EmulatedStream& device) {
  std::vector<float> x(256, 1.0f), sum(1, INFINITY);
  emulated::block_sums(x.data(), sum.data(), 256, device.stream);
  CHECK(sum[0] == 256.0f);
}

TEST_CASE("emulator: a divergent barrier is an error that names kernel and block") {
  for (int threads : {1, 2}) {
    EmulatedStream device(threads);
    std::vector<float> x(1024, 1.0f), y(1024);
    emulated::early_return_before_barrier(x.data(), y.data(), 640, device.stream);
    const std::string message =
        error_of([&] { emulated::early_return_before_barrier(x.data(), y.data(), 650, device.stream); });
    CHECK(contains(message, "kernel early_return_before_barrier, block (10,0,0)"));
    CHECK(contains(message, "10 of 64 threads wait for ever, 54 have returned"));
    CHECK(contains(message, "divergent block barrier"));
    check_usable(device);
  }
}

TEST_CASE("emulator: misused warp operations are errors") {
  EmulatedStream device;
  std::vector<int> out(32);
  const std::string left_out = error_of([&] { emulated::lane_left_out(out.data(), device.stream); });
  CHECK(contains(left_out, "kernel lane_left_out, block (0,0,0): 31 of 32 threads wait for ever"));
  CHECK(contains(left_out, "warp operation with mask 0xffffffff"));
  const std::string outside =
      error_of([&] { emulated::value_from_outside_the_mask(out.data(), device.stream); });
  CHECK(contains(outside, "lane 0 takes a value from lane 8, which mask 0xff leaves out"));
  const std::string different =
      error_of([&] { emulated::lanes_in_different_operations(out.data(), device.stream); });
  CHECK(contains(different, "meet in different operations"));
  const std::string missing = error_of([&] {
    std::vector<double> x(40), sums(40);
    emulated::group_sums(x.data(), sums.data(), 40, device.stream);  // the second warp has 8 lanes
  });
  CHECK(contains(missing, "warp operation with mask 0xffffffff"));
  check_usable(device);
}

TEST_CASE("emulator: grids and blocks that CUDA would refuse are refused") {
  EmulatedStream device;
  const auto message = [&](GridSize grid, BlockSize size) {
    return error_of([&] { emulated::who_am_i(nullptr, nullptr, grid, size, device.stream); });
  };
  CHECK(contains(message({1, 65536, 1}, {1, 1, 1}), "kernel who_am_i: a grid of 1 x 65536 x 1 blocks"));
  CHECK(contains(message({1, 1, 65536}, {1, 1, 1}), "1 x 1 x 65536"));
  CHECK(contains(message({int64_t{1} << 31, 1, 1}, {1, 1, 1}), "2147483648 x 1 x 1"));
  CHECK(contains(message({-1, 1, 1}, {1, 1, 1}), "-1 x 1 x 1"));
  CHECK(contains(message({1, 1, 1}, {1025, 1, 1}), "a block of 1025 x 1 x 1 threads"));
  CHECK(contains(message({1, 1, 1}, {32, 33, 1}), "32 x 33 x 1"));
  CHECK(contains(message({1, 1, 1}, {1, 1, 65}), "1 x 1 x 65"));
  CHECK(contains(message({1, 1, 1}, {0, 1, 1}), "0 x 1 x 1"));
}

struct Planted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Threads hold an object each; the block (2,0,0) and all later ones fail in thread 5 while the others wait.
struct Failing {
  std::atomic<int> alive = 0;

  static void run_thread(const void* call) {
    auto& self = *static_cast<Failing*>(const_cast<void*>(call));
    struct Counted {
      std::atomic<int>& alive;
      explicit Counted(std::atomic<int>& count) : alive(count) { ++alive; }
      ~Counted() { --alive; }
    } counted(self.alive);
    const emulator::Thread& thread = *emulator::current;
    if (thread.block->index.x >= 2 && thread.index.x == 5)
      throw Planted("block " + std::to_string(thread.block->index.x));
    emulator::block_barrier();
  }
};

TEST_CASE("emulator: an exception in a kernel reaches the launch; the first failing block's wins") {
  for (int threads : {1, 2, 4}) {
    EmulatedStream device(threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      Failing failing;
      try {
        emulator::emulator_of(device.stream).run({"failing", {200}, {16}, 0, Failing::run_thread, &failing});
        FAIL("no exception came");
      } catch (const Planted& error) {
        REQUIRE(std::string(error.what()) == "block 2");
      }
      REQUIRE(failing.alive == 0);
    }
    check_usable(device);
  }
}

}  // namespace
}  // namespace graft
