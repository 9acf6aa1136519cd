#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/random.h"

namespace graft {

// FNV-1a, 64 bits (Fowler, Noll, Vo): to find equals, not to withstand anybody.
// `hash` goes on where an earlier call ended.
inline uint64_t hash_bytes(const void* data, size_t size, uint64_t hash = 0xcbf29ce484222325u) {
  for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<const uint8_t*>(data)[i]) * 0x100000001b3u;
  return hash;
}

// Fisher and Yates; std::shuffle differs between standard libraries.
template <class T>
void shuffle(std::vector<T>& items, RandomStream& random) {
  for (size_t n = items.size(); n > 1; --n)
    std::swap(items[n - 1], items[random.below(static_cast<uint32_t>(n))]);
}

}  // namespace graft
