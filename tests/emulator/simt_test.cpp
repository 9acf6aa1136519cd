#include <cmath>
#include <vector>

#include "emulator/fixture.h"
#include "emulator/kernels.h"
#include "kernels/emulator/source_line.h"
#include "support/paths.h"

namespace graft {
namespace {

using test::EmulatedStream;

std::vector<float> values(size_t count) {
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>((i * 37 + 11) % 101) - 50.0f;
  return out;
}

TEST_CASE("emulator: vector add, with a last block that is not full") {
  for (int threads : {1, 2, 5}) {
    EmulatedStream device(threads);
    const std::vector<float> a = values(1000), b = values(2000);
    std::vector<float> sum(1000, INFINITY);
    emulated::vector_add(a.data(), b.data() + 500, sum.data(), 1000, device.stream);
    for (size_t i = 0; i < sum.size(); ++i) REQUIRE(sum[i] == a[i] + b[i + 500]);
  }
}

TEST_CASE("emulator: a grid without blocks does nothing") {
  EmulatedStream device;
  emulated::vector_add(nullptr, nullptr, nullptr, 0, device.stream);
}

TEST_CASE("emulator: a dry launch is recorded, by its kernel's name too, and runs nothing") {
  EmulatedStream device;
  emulator::Emulator& emulator = emulator::emulator_of(device.stream);
  emulator.set_options({.dry = true});
  emulated::vector_add(nullptr, nullptr, nullptr, 1000, device.stream);
  emulator.set_options({});
  const std::vector<float> one{1};
  float sum = 0;
  emulated::vector_add(one.data(), one.data(), &sum, 1, device.stream);
  CHECK(sum == 2);
  const auto launches = emulator.dry_launches();
  REQUIRE(launches.size() == 1);
  CHECK(launches[0].kernel == "vector_add");
  CHECK(launches[0].grid.x * launches[0].block.x >= 1000);
  CHECK(launches[0].shared_bytes == 0);
  const std::string name = emulator::function_name(launches[0].function);
  if (!test::bundled())
    CHECK(test::contains(name, "graft::emulated::(anonymous namespace)::vector_add_kernel("));
  CHECK(emulator::function_name(nullptr).empty());
}

TEST_CASE("emulator: block reduction through shared memory") {
  EmulatedStream device(2);
  const size_t count = 256 * 40 + 100;
  const std::vector<float> x = values(count);
  std::vector<float> sums(41, INFINITY);
  emulated::block_sums(x.data(), sums.data(), static_cast<int64_t>(count), device.stream);
  for (size_t block = 0; block < sums.size(); ++block) {
    float expected = 0;
    for (size_t i = block * 256; i < std::min(count, (block + 1) * 256); ++i) expected += x[i];
    REQUIRE(sums[block] == expected);  // small integers: exact in any order
  }
}

TEST_CASE("emulator: the last block adds what all blocks left") {
  for (int threads : {1, 3}) {
    EmulatedStream device(threads);
    const int blocks = 37;
    const std::vector<float> x = values(blocks * 64);
    std::vector<float> sums(blocks, INFINITY);
    uint32_t finished = 0;
    float sum = INFINITY, expected = 0;
    emulated::last_block_sum(x.data(), sums.data(), &finished, &sum, blocks, device.stream);
    for (float value : x) expected += value;  // small integers: exact in any order
    CHECK(sum == expected);
    CHECK(finished == 0);
  }
}

TEST_CASE("emulator: tiles come through asynchronous copies, zero beyond the end") {
  EmulatedStream device;
  const int tiles = 5, count = 4 * 64 + 24;
  alignas(16) float x[tiles * 64];
  const std::vector<float> given = values(tiles * 64);
  std::copy(given.begin(), given.end(), x);
  std::vector<float> y(64, INFINITY);
  emulated::staged_sums(x, y.data(), tiles, count, device.stream);
  for (int i = 0; i < 64; ++i) {
    float expected = 0;
    for (int at = i; at < count; at += 64) expected += x[at];
    CHECK(y[static_cast<size_t>(i)] == expected);
  }
}

TEST_CASE("emulator: transpose through shared memory") {
  EmulatedStream device(2);
  const int rows = 45, columns = 70;
  const std::vector<float> in = values(rows * columns);
  std::vector<float> out(in.size(), INFINITY);
  emulated::transpose(in.data(), out.data(), rows, columns, device.stream);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      REQUIRE(out[static_cast<size_t>(c * rows + r)] == in[static_cast<size_t>(r * columns + c)]);
}

TEST_CASE("emulator: indices and sizes in three dimensions") {
  EmulatedStream device(2);
  const GridSize grid{3, 4, 2};
  const BlockSize size{5, 2, 3};
  std::vector<int> thread(3 * 24 * 30, -1), block(3 * 24 * 30, -1);
  emulated::who_am_i(thread.data(), block.data(), grid, size, device.stream);
  size_t i = 0;
  for (int bz = 0; bz < 2; ++bz)
    for (int by = 0; by < 4; ++by)
      for (int bx = 0; bx < 3; ++bx)
        for (int z = 0; z < 3; ++z)
          for (int y = 0; y < 2; ++y)
            for (int x = 0; x < 5; ++x, i += 3) {
              REQUIRE((thread[i] == x && thread[i + 1] == y && thread[i + 2] == z));
              REQUIRE((block[i] == bx && block[i + 1] == by && block[i + 2] == bz));
            }
  CHECK(i == thread.size());
}

TEST_CASE("emulator: shared memory is NaN before every block") {
  EmulatedStream device;
  std::vector<float> out(192, 0.0f);
  emulated::fill_shared(out.data(), device.stream);
  for (float value : out) REQUIRE(std::isnan(value));
}

TEST_CASE("emulator: shared memory is limited as on the architecture") {
  EmulatedStream sm_80, sm_90(1, "emulated:sm_90");
  std::vector<float> out(64);
  emulated::unwritten_shared(out.data(), 163 * 1024, sm_80.stream);
  emulated::unwritten_shared(out.data(), 227 * 1024, sm_90.stream);
  const auto too_much = [&](EmulatedStream& device, uint64_t bytes) {
    return test::error_of([&] { emulated::unwritten_shared(out.data(), bytes, device.stream); });
  };
  CHECK(test::contains(too_much(sm_80, 163 * 1024 + 1), "kernel unwritten_shared asks for 166913 bytes"));
  CHECK(test::contains(too_much(sm_90, 227 * 1024 + 1), "has 232448 for a block"));
  CHECK(test::contains(too_much(sm_80, 255), "uses 256 bytes of shared memory; its launch gave it 255"));
}

TEST_CASE("emulator: the same bits for any number of host threads, and again") {
  const size_t count = 256 * 300 + 17;
  std::vector<float> x(count);
  for (size_t i = 0; i < count; ++i) x[i] = 1.0f / static_cast<float>(i + 1);
  std::vector<float> first;
  for (int threads : {1, 2, 3, 2}) {
    EmulatedStream device(threads);
    for (int repeat = 0; repeat < 2; ++repeat) {
      std::vector<float> sums(301, INFINITY);
      emulated::block_sums(x.data(), sums.data(), static_cast<int64_t>(count), device.stream);
      if (first.empty()) first = sums;
      REQUIRE(sums == first);
    }
  }
}

}  // namespace
}  // namespace graft
