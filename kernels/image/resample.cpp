#include "kernels/image/resample.h"

#include <algorithm>
#include <cmath>

namespace graft {
namespace {

double filter_support(Filter filter) {
  return filter == Filter::box ? 0.5 : filter == Filter::bilinear ? 1.0 : 2.0;
}

// Keys, "Cubic convolution interpolation for digital image processing" (1981), a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double filter_value(Filter filter, double x) {
  if (filter == Filter::box) return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
  if (filter == Filter::bilinear) return std::max(0.0, 1.0 - std::abs(x));
  return cubic(x);
}

int32_t to_fixed(double weight) {
  const double scaled = weight * (1 << resample_fraction_bits);
  return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

ResampleTaps make_resample_taps(int in_size, int out_size, int begin, int places, Filter filter) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double widen = std::max(scale, 1.0);
  const double support = filter_support(filter) * widen;
  ResampleTaps taps;
  taps.most = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.weight.resize(static_cast<size_t>(places) * taps.most);
  std::vector<double> exact(taps.most);
  for (int place = 0; place < places; ++place) {
    const double center = (begin + place + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int count = std::min(in_size, static_cast<int>(center + support + 0.5)) - first;
    double sum = 0;
    for (int i = 0; i < count; ++i)
      sum += exact[i] = filter_value(filter, (i + first - center + 0.5) * (1.0 / widen));
    for (int i = 0; i < count; ++i)
      taps.weight[static_cast<size_t>(place) * taps.most + i] =
          to_fixed(sum != 0 ? exact[i] / sum : exact[i]);
    taps.first.push_back(first);
    taps.count.push_back(count);
  }
  return taps;
}

}  // namespace graft
