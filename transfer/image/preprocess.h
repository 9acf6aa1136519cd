#pragma once

#include <array>
#include <string>
#include <string_view>

#include "transfer/image/resize.h"

namespace graft {

// How pixels become the network's input; it belongs to the weights.
// The shorter side is resized to resize_shorter (the longer one in proportion, truncated), the centre
// crop x crop is cut out, and each channel becomes (pixel - mean) / std, on pixel values of 0 to 255. The
// channels are red, green, blue, or, where `bgr`, blue, green, red: mean and std are in the network's order.
struct Preprocessing {
  int resize_shorter = 256;
  int crop = 224;
  Filter filter = Filter::bilinear;
  std::array<float, 3> mean{};
  std::array<float, 3> std{1, 1, 1};
  bool bgr = false;

  bool operator==(const Preprocessing&) const = default;
};

// MEAN/STD[/RESIZE/CROP/FILTER][/bgr], or a name for what a framework's users usually do: "torchvision",
// "lite", "keras" (x / 127.5 - 1), "caffe" (BGR minus the ImageNet mean), "darknet" (x / 255, the shorter
// side as long as the crop). MEAN and STD are one number or three with commas, on pixel values of 0 to 255
// ("123.675,116.28,103.53/58.395,57.12,57.375"). Error (call) naming what is wrong.
Preprocessing parse_preprocessing(std::string_view spec);

// The full form; parse_preprocessing() of it gives back the very same value.
std::string to_string(const Preprocessing& preprocessing);

// For another input size: crop = size, and the shorter side in the same proportion as before.
Preprocessing with_image_size(Preprocessing preprocessing, int size);

// The part of width x height that stays when the resized picture is cropped; torchvision's rounding.
struct ResizePlan {
  int width, height;
  Window window;
};
ResizePlan plan_resize(int width, int height, const Preprocessing& preprocessing);

// 8-bit pixels as the network will see them: crop x crop.
Image resize_and_crop(const Image& image, const Preprocessing& preprocessing);

// out: [crop, crop, 3] float32, the rows of `image` mirrored where `flip`.
void normalise(const Image& image, const Preprocessing& preprocessing, bool flip, float* out);

// Both of the above; out: [crop, crop, 3].
void preprocess(const Image& image, const Preprocessing& preprocessing, float* out);

}  // namespace graft
