#pragma once

#include <random>
#include <vector>

#include "transfer/graphs/source_file.h"

// What files of networks are held against: plain loops on C,H,W maps in double, written from the definitions.
namespace graft::test {

struct PlainMap {
  int64_t c = 0, h = 0, w = 0;
  std::vector<double> values;

  PlainMap() = default;
  PlainMap(int64_t c, int64_t h, int64_t w) : c(c), h(h), w(w), values(static_cast<size_t>(c * h * w)) {}
  double& at(int64_t k, int64_t i, int64_t j) { return values[static_cast<size_t>((k * h + i) * w + j)]; }
  double at(int64_t k, int64_t i, int64_t j) const {
    return values[static_cast<size_t>((k * h + i) * w + j)];
  }
  bool inside(int64_t i, int64_t j) const { return i >= 0 && i < h && j >= 0 && j < w; }
};

using Floats = std::vector<float>;

// Seeded, between -1 and 1; and between 0.5 and 1.5, for variances.
Floats random_values(int64_t count, uint32_t seed);
Floats positive_values(int64_t count, uint32_t seed);
PlainMap random_map(int64_t c, int64_t h, int64_t w, uint32_t seed);

struct PlainWindow {
  int64_t kernel, stride = 1, before = 0, after = 0, dilation = 1, groups = 1;
};

PlainMap plain_conv(const PlainMap& x, const Floats& weight, const Floats& bias, const PlainWindow& window);
// Over a p x q output; cells outside the map are passed over, `divisor` of an average is told by the caller.
template <class Divisor>
PlainMap plain_average(const PlainMap& x, const PlainWindow& window, int64_t p, int64_t q,
                       const Divisor& divisor) {
  PlainMap y(x.c, p, q);
  for (int64_t k = 0; k < x.c; ++k)
    for (int64_t i = 0; i < p; ++i)
      for (int64_t j = 0; j < q; ++j) {
        for (int64_t r = 0; r < window.kernel; ++r)
          for (int64_t s = 0; s < window.kernel; ++s) {
            const int64_t row = i * window.stride - window.before + r,
                          column = j * window.stride - window.before + s;
            if (x.inside(row, column)) y.at(k, i, j) += x.at(k, row, column);
          }
        y.at(k, i, j) /= divisor(i, j);
      }
  return y;
}
PlainMap plain_max(const PlainMap& x, const PlainWindow& window, int64_t p, int64_t q);
// By channel.
PlainMap plain_affine(PlainMap x, const Floats& factor, const Floats& addend);
PlainMap plain_norm(PlainMap x, const Floats& mean, const Floats& variance, double epsilon);
template <class Function>
PlainMap plain_each(PlainMap x, const Function& function) {
  for (double& value : x.values) value = function(value);
  return x;
}
PlainMap plain_channels(const PlainMap& x, int64_t first, int64_t count);
PlainMap plain_concat(const std::vector<PlainMap>& parts);
PlainMap plain_upsample(const PlainMap& x, int64_t factor);
template <class Function>
PlainMap plain_both(PlainMap a, const PlainMap& b, const Function& function) {
  for (size_t i = 0; i < a.values.size(); ++i) a.values[i] = function(a.values[i], b.values[i]);
  return a;
}
// A matrix [outputs, x's values in C,H,W order].
PlainMap plain_product(const PlainMap& x, const Floats& weight, const Floats& bias);

// The network's outputs, in its order, for x, as the CPU computes them; in C,H,W order.
std::vector<PlainMap> run_network(const FileGraph& network, const PlainMap& x);
// To 1e-5 of the largest value, and that there is one.
void check_same(const PlainMap& got, const PlainMap& expected, double bound = 1e-5);

// Reads the files as read_source does.
FileGraph read_network(const std::filesystem::path& file, const SourceOptions& options = {});
// The message of the Error that reading gives.
std::string network_error(const std::filesystem::path& file, const SourceOptions& options = {});
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace graft::test
