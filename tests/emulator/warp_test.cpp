#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "emulator/fixture.h"
#include "emulator/kernels.h"

namespace graft {
namespace {

using test::EmulatedStream;

TEST_CASE("emulator: warp sum and maximum, and a last block that is not full") {
  EmulatedStream device(2);
  const int warps = 42;
  std::vector<float> x(warps * 32), sums(warps, INFINITY), largest(warps, -INFINITY);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 29 % 67) - 30.0f;
  emulated::warp_sums(x.data(), sums.data(), largest.data(), warps, device.stream);
  for (size_t w = 0; w < warps; ++w) {
    const auto begin = x.begin() + static_cast<std::ptrdiff_t>(w * 32);
    REQUIRE(sums[w] == std::accumulate(begin, begin + 32, 0.0f));
    REQUIRE(largest[w] == *std::max_element(begin, begin + 32));
  }
}

TEST_CASE("emulator: a warp sum adds in the order of its exchanges") {
  EmulatedStream device;
  std::vector<float> x(32), sum(1), largest(1), tree(32);
  for (size_t i = 0; i < 32; ++i) tree[i] = x[i] = 1.0f / static_cast<float>(3 * i + 1);
  for (size_t bits = 16; bits > 0; bits /= 2) {
    const std::vector<float> before = tree;
    for (size_t i = 0; i < 32; ++i) tree[i] = before[i] + before[i ^ bits];
  }
  emulated::warp_sums(x.data(), sum.data(), largest.data(), 1, device.stream);
  CHECK(sum[0] == tree[0]);
}

TEST_CASE("emulator: half a warp exchanges while the other half is elsewhere") {
  EmulatedStream device;
  std::vector<int> x(32), out(32, -1);
  std::iota(x.begin(), x.end(), 0);
  int high_votes = 0;
  emulated::half_warp_exchange(x.data(), out.data(), &high_votes, device.stream);
  for (int lane = 0; lane < 32; ++lane) {
    const int group = lane / 8 * 8;
    const int sum_of_group = 8 * group + 28;
    REQUIRE(out[static_cast<size_t>(lane)] == (lane < 16 ? sum_of_group : lane));
  }
  CHECK(high_votes == 0xffe0);  // lanes 21 to 31
}

TEST_CASE("emulator: shuffles up, down, from one lane; votes") {
  EmulatedStream device;
  std::vector<int> x(32), up(32), down(32), first(32);
  for (int i = 0; i < 32; ++i) x[static_cast<size_t>(i)] = 100 + i;
  emulated::shuffle_patterns(x.data(), up.data(), down.data(), first.data(), device.stream);
  for (int i = 0; i < 32; ++i) {
    const size_t lane = static_cast<size_t>(i);
    REQUIRE(up[lane] == 100 + (i < 3 ? i : i - 3));
    REQUIRE(down[lane] == 100 + (i + 5 > 31 ? i : i + 5));
    REQUIRE(first[lane] == 1100);
  }
}

TEST_CASE("emulator: overlapping masks meet one after the other") {
  EmulatedStream device;
  std::vector<int> x(32), out(32, -1);
  for (int i = 0; i < 32; ++i) x[static_cast<size_t>(i)] = i + 1;
  emulated::pair_chain(x.data(), out.data(), device.stream);
  for (int i = 0; i < 32; ++i) REQUIRE(out[static_cast<size_t>(i)] == (i + 1) * (i + 2) / 2);
}

TEST_CASE("emulator: sums over groups of eight lanes, two warps") {
  EmulatedStream device;
  std::vector<double> x(64), sums(64);
  for (size_t i = 0; i < 64; ++i) x[i] = static_cast<double>(i);
  emulated::group_sums(x.data(), sums.data(), 64, device.stream);
  for (size_t i = 0; i < 64; ++i) REQUIRE(sums[i] == 7.0 * static_cast<double>(i / 8 * 8) + 28.0);
}

}  // namespace
}  // namespace graft
