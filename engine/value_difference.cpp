#include "engine/value_difference.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/check.h"
#include "engine/half.h"

namespace graft {

namespace {

template <class T>
T read_bits(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
double read(const std::byte* from) {
  return static_cast<double>(read_bits<T>(from));
}

// Equal infinities, and two that are not numbers, are alike.
double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double difference = std::abs(a - b);
  return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
}

double last_place(double value) {
  constexpr int fraction_bits = 24, least_exponent = -125;
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent, least_exponent) - fraction_bits);
}

size_t bin_of(double a, double b, double difference) {
  const double ulps = difference > 0 ? difference / last_place(std::max(std::abs(a), std::abs(b))) : 0;
  size_t bin = 0;
  while (bin + 1 < ValueDifference::bins && !(ulps <= ValueDifference::bin_end(bin))) ++bin;
  return bin;
}

// Largest first; of equal ones the first in memory.
void keep_worst(std::vector<ValueDifference::Place>& worst, const ValueDifference::Place& place) {
  if (place.difference == 0) return;
  const auto at = std::find_if(worst.begin(), worst.end(),
                               [&](const auto& other) { return other.difference < place.difference; });
  if (at == worst.end() && worst.size() == ValueDifference::worst_places) return;
  worst.insert(at, place);
  if (worst.size() > ValueDifference::worst_places) worst.pop_back();
}

}  // namespace

double HostValues::operator[](int64_t i) const {
  const std::byte* from = bytes.data() + static_cast<size_t>(i) * size_of(dtype);
  switch (dtype) {
    case DType::float32: return read<float>(from);
    case DType::float64: return read<double>(from);
    case DType::bfloat16: return to_float(read_bits<bfloat16>(from));
    case DType::uint8: return read<uint8_t>(from);
    case DType::int32: return read<int32_t>(from);
    default: fail(ErrorCode::call, name_of(dtype), " elements cannot be compared");
  }
}

HostValues HostValues::converted(DType to) const {
  if (to == dtype) return *this;
  HostValues out(to, count());
  GRAFT_CHECK(to == DType::float32 || to == DType::float64, call, name_of(dtype), " does not become ",
              name_of(to));
  for (int64_t i = 0; i < count(); ++i) {
    const double wide = (*this)[i];
    const float narrow = static_cast<float>(wide);
    const void* from = to == DType::float64 ? static_cast<const void*>(&wide) : &narrow;
    std::memcpy(out.bytes.data() + static_cast<size_t>(i) * size_of(to), from, size_of(to));
  }
  return out;
}

ValueDifference difference_of(const HostValues& a, const HostValues& b) {
  GRAFT_CHECK(a.count() == b.count(), shape, a.count(), " elements cannot be compared with ", b.count());
  ValueDifference result;
  double error = 0, energy = 0;
  for (int64_t i = 0; i < a.count(); ++i) {
    const double x = a[i], y = b[i], difference = distance(x, y);
    error += difference * difference;
    if (std::isfinite(x)) {
      energy += x * x;
      result.scale = std::max(result.scale, std::abs(x));
    }
    result.largest = std::max(result.largest, difference);
    ++result.histogram[bin_of(x, y, difference)];
    keep_worst(result.worst, {i, x, y, difference});
  }
  result.nmse = energy > 0 ? error / energy : error;
  return result;
}

}  // namespace graft
