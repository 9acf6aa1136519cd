#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define GRAFT_HD __host__ __device__
#else
#define GRAFT_HD
#endif

namespace graft {

// Counter-based random numbers: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
// as easy as 1, 2, 3" (2011). A number is a pure function of (key, counter), so it is the same on every
// device, in any order and on any number of threads, and nothing has to be stored to draw it again.

struct PhiloxKey {
  uint32_t a, b;
};

struct PhiloxCounter {
  uint32_t x, y, z, w;
};

GRAFT_HD constexpr PhiloxKey random_key(uint64_t seed) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
}

// Four independent uniform 32-bit words.
GRAFT_HD constexpr PhiloxCounter philox4x32(PhiloxKey key, PhiloxCounter c) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = uint64_t{0xD2511F53u} * c.x;
    const uint64_t second = uint64_t{0xCD9E8D57u} * c.z;
    c = {static_cast<uint32_t>(second >> 32) ^ c.y ^ key.a, static_cast<uint32_t>(second),
         static_cast<uint32_t>(first >> 32) ^ c.w ^ key.b, static_cast<uint32_t>(first)};
    key.a += 0x9E3779B9u;
    key.b += 0xBB67AE85u;
  }
  return c;
}

// In [0, 1): the upper 24 bits, so that every value is an exact float.
GRAFT_HD constexpr float unit_float(uint32_t word) {
  return static_cast<float>(word >> 8) * (1.0f / 16777216.0f);
}

// In [0, 1), for a counter of one's own making.
GRAFT_HD constexpr float uniform(PhiloxKey key, PhiloxCounter counter) {
  return unit_float(philox4x32(key, counter).x);
}

// What a stream of numbers is for; part of the counter, so that no two uses ever share numbers.
enum class RandomUse : uint32_t { dropout = 1, head_init, split, epoch_order, augment, feature_order };

// The draws of one (seed, use, a, b), one after the other; for example augment, epoch, image.
class RandomStream {
 public:
  GRAFT_HD constexpr RandomStream(uint64_t seed, RandomUse use, uint32_t a = 0, uint32_t b = 0)
      : key_(random_key(seed)), counter_{0, static_cast<uint32_t>(use), a, b} {}

  GRAFT_HD constexpr uint32_t word() {
    const PhiloxCounter four = philox4x32(key_, {counter_.x / 4, counter_.y, counter_.z, counter_.w});
    const uint32_t lane = counter_.x++ % 4;
    return lane == 0 ? four.x : lane == 1 ? four.y : lane == 2 ? four.z : four.w;
  }

  GRAFT_HD constexpr float uniform() { return unit_float(word()); }

  // 53 bits in [0, 1), for geometry.
  GRAFT_HD constexpr double uniform_double() {
    const uint64_t high = word() >> 5, low = word() >> 6;
    return static_cast<double>((high << 26) | low) * (1.0 / 9007199254740992.0);
  }

  // In [0, n), n > 0; the bias is below n / 2^32.
  GRAFT_HD constexpr uint32_t below(uint32_t n) {
    return static_cast<uint32_t>((uint64_t{word()} * n) >> 32);
  }

 private:
  PhiloxKey key_;
  PhiloxCounter counter_;
};

}  // namespace graft
