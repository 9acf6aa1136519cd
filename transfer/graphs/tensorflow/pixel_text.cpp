#include "transfer/graphs/tensorflow/pixel_text.h"

#include <charconv>
#include <cmath>

#include "engine/check.h"

namespace graft {
namespace {

std::string three(const std::array<double, 3>& values) {
  std::string out;
  for (const double value : values) {
    char digits[32];
    const auto rounded = static_cast<float>(value);
    out.append(out.empty() ? "" : ",")
        .append(digits, std::to_chars(digits, digits + sizeof digits, rounded).ptr);
  }
  return out;
}

}  // namespace

std::string pixel_text(const std::string& file, const std::array<double, 3>& scale,
                       const std::array<double, 3>& offset) {
  std::array<double, 3> mean, deviation;
  for (int c = 0; c < 3; ++c) {
    mean[c] = offset[c] == 0 ? 0 : -offset[c] / scale[c];
    deviation[c] = 1 / scale[c];
    GRAFT_CHECK(std::isfinite(mean[c]) && deviation[c] >= 1 && std::isfinite(deviation[c]), format, file,
                ": multiplies pixel values by ", scale[c], " and adds ", offset[c],
                "; graft reads networks for pixels of 0 to 255 that are divided by 1 or more");
  }
  return three(mean) + "/" + three(deviation);
}

}  // namespace graft
