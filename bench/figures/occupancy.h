#pragma once

#include <cstddef>
#include <string_view>

namespace graft::bench {

// What a multiprocessor holds of a kernel at once.
struct Occupancy {
  int blocks, warps;
  std::string_view limit;  // what keeps it from holding one block more
};

inline constexpr int most_warps = 64;  // of a multiprocessor, in all architectures here

// `architecture`: 80 or 90. Rules and numbers: CUDA C++ Programming Guide, technical specifications of
// compute capabilities 8.0 and 9.0, and the toolkit's cuda_occupancy.h.
Occupancy occupancy(int architecture, int registers, int threads, size_t shared_bytes);

}  // namespace graft::bench
