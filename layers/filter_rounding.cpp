#include "layers/filter_rounding.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/half.h"

namespace graft {

void round_filters(const float* filters, const Shape& shape, bfloat16* rounded) {
  const int64_t taps = shape[1] * shape[2], channels = shape[3];
  std::vector<int64_t> order(static_cast<size_t>(taps));  // the largest first
  for (int64_t k = 0; k < shape[0]; ++k)
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t first = k * taps * channels + c;
      const auto tap = [&](int64_t i) { return filters[first + i * channels]; };
      std::iota(order.begin(), order.end(), 0);
      std::ranges::stable_sort(order, std::greater(), [&](int64_t i) { return std::fabs(tap(i)); });
      float error = 0;
      for (int64_t i : order) {
        const float wanted = tap(i) + error;
        const bfloat16 got = rounded[first + i * channels] = to_bfloat16(wanted);
        error = wanted - to_float(got);
      }
    }
}

void keep_filter_sums(Value& constant) {
  constant.fill = [fill = constant.fill, shape = constant.shape](void* memory, DType type) {
    if (type != DType::bfloat16) return fill(memory, type);
    std::vector<float> whole(static_cast<size_t>(shape.count()));
    fill(whole.data(), DType::float32);
    round_filters(whole.data(), shape, static_cast<bfloat16*>(memory));
  };
}

}  // namespace graft
