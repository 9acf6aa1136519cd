#include "transfer/image/preprocess.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace graft {
namespace {

// torchvision's CenterCrop: half the rest, a half rounded to the even neighbour as Python's round() does.
int centre(int size, int crop) {
  const int rest = size - crop;
  return rest % 2 == 0 ? rest / 2 : (rest / 2) + (rest / 2) % 2;
}

}  // namespace

Preprocessing with_image_size(Preprocessing preprocessing, int size) {
  GRAFT_CHECK(size >= 1 && size <= 4096, call, "image size ", size, " is not between 1 and 4096");
  preprocessing.resize_shorter = static_cast<int>(
      std::lround(static_cast<double>(size) * preprocessing.resize_shorter / preprocessing.crop));
  preprocessing.crop = size;
  return preprocessing;
}

ResizePlan plan_resize(int width, int height, const Preprocessing& preprocessing) {
  const int64_t shorter = preprocessing.resize_shorter, crop = preprocessing.crop;
  const auto side = [&](int64_t mine, int64_t other) {
    return mine <= other ? shorter : shorter * mine / other;
  };
  const int64_t w = side(width, height), h = side(height, width);
  // A hair-line of a picture must not become a gigabyte.
  GRAFT_CHECK(std::max(w, h) <= shorter * 1000, format, "a picture of ", width, " x ", height,
              " is too long and narrow to be resized");
  const int side_of_crop = static_cast<int>(crop);
  return {static_cast<int>(w),
          static_cast<int>(h),
          {centre(static_cast<int>(w), side_of_crop), centre(static_cast<int>(h), side_of_crop), side_of_crop,
           side_of_crop}};
}

Image resize_and_crop(const Image& image, const Preprocessing& preprocessing) {
  const ResizePlan plan = plan_resize(image.width, image.height, preprocessing);
  return resize(view(image), plan.width, plan.height, preprocessing.filter, plan.window);
}

void normalise(const Image& image, const Preprocessing& preprocessing, bool flip, float* out) {
  float table[256][3];
  const int first = preprocessing.bgr ? 2 : 0, step = preprocessing.bgr ? -1 : 1;  // of the pixel's channels
  for (int value = 0; value < 256; ++value)
    for (int c = 0; c < 3; ++c)
      table[value][c] = static_cast<float>((value - static_cast<double>(preprocessing.mean[c])) /
                                           static_cast<double>(preprocessing.std[c]));
  const int width = image.width;
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* row = &image.rgb[static_cast<size_t>(y) * width * 3];
    for (int x = 0; x < width; ++x, out += 3) {
      const uint8_t* pixel = row + 3 * (flip ? width - 1 - x : x);
      for (int c = 0; c < 3; ++c) out[c] = table[pixel[first + step * c]][c];
    }
  }
}

void preprocess(const Image& image, const Preprocessing& preprocessing, float* out) {
  normalise(resize_and_crop(image, preprocessing), preprocessing, false, out);
}

}  // namespace graft
