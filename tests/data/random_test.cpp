#include "engine/random.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace graft {
namespace {

void check_vector(PhiloxKey key, PhiloxCounter counter, PhiloxCounter expected) {
  const PhiloxCounter got = philox4x32(key, counter);
  CHECK(got.x == expected.x);
  CHECK(got.y == expected.y);
  CHECK(got.z == expected.z);
  CHECK(got.w == expected.w);
}

// The known answers published with the Random123 library.
TEST_CASE("philox4x32-10 gives its published answers") {
  const uint32_t ones = 0xffffffff;
  check_vector({0, 0}, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  check_vector({ones, ones}, {ones, ones, ones, ones}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  check_vector({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
               {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("philox can be evaluated while compiling") {
  static_assert(philox4x32({0, 0}, {0, 0, 0, 0}).x == 0x6627e8d5);
}

TEST_CASE("a random stream uses all four words of a block, then the next block") {
  RandomStream stream(7, RandomUse::augment, 3, 4);
  const auto use = static_cast<uint32_t>(RandomUse::augment);
  const PhiloxCounter first = philox4x32({7, 0}, {0, use, 3, 4});
  const PhiloxCounter second = philox4x32({7, 0}, {1, use, 3, 4});
  for (uint32_t expected : {first.x, first.y, first.z, first.w, second.x}) CHECK(stream.word() == expected);
}

TEST_CASE("uniform numbers stay in [0, 1) and look uniform") {
  CHECK(unit_float(0xffffffff) < 1.0f);
  CHECK(unit_float(0) == 0.0f);
  RandomStream stream(1, RandomUse::split);
  double sum = 0;
  std::vector<int> hits(10);
  for (int i = 0; i < 20000; ++i) sum += stream.uniform(), ++hits[stream.below(10)];
  CHECK(sum / 20000 == doctest::Approx(0.5).epsilon(0.02));
  for (int n : hits) CHECK(n == doctest::Approx(2000).epsilon(0.1));
}

TEST_CASE("uses, seeds and positions have numbers of their own") {
  std::set<uint32_t> seen;
  for (auto use : {RandomUse::dropout, RandomUse::split, RandomUse::augment})
    for (uint64_t seed : {0ull, 1ull, 1ull << 32})
      for (uint32_t a : {0u, 1u}) seen.insert(RandomStream(seed, use, a, 0).word());
  CHECK(seen.size() == 18);
}

}  // namespace
}  // namespace graft
