#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/dtype.h"

namespace graft {

// A tensor's elements in host memory, one behind the other.
struct HostValues {
  DType dtype = DType::float32;
  std::vector<std::byte> bytes;

  HostValues(DType dtype, int64_t count) : dtype(dtype), bytes(count * size_of(dtype)) {}
  int64_t count() const { return static_cast<int64_t>(bytes.size() / size_of(dtype)); }
  double operator[](int64_t i) const;
  // The same elements, rounded where `to` is narrower.
  HostValues converted(DType to) const;
};

struct ValueDifference {
  static constexpr size_t worst_places = 5;
  // Distances in units of the last place of a float32: none, up to 1, 4, 16, ... 4^7, more.
  static constexpr size_t bins = 10;
  static constexpr double bin_end(size_t bin) {
    return bin == 0 ? 0 : static_cast<double>(int64_t{1} << (2 * (bin - 1)));
  }

  struct Place {
    int64_t at;
    double a, b, difference;
  };
  double largest = 0;  // infinite where only one of two numbers is finite, or a number
  double nmse = 0;     // energy of the differences over that of `a`
  double scale = 0;    // the largest finite magnitude in `a`
  std::vector<Place> worst;
  std::array<int64_t, bins> histogram{};
};

// Of two tensors of as many elements.
ValueDifference difference_of(const HostValues& a, const HostValues& b);

}  // namespace graft
