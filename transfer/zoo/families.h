#pragma once

#include <array>
#include <string_view>

#include "transfer/zoo/zoo.h"

namespace graft {

// One struct a family: the numbers in which its members differ. Layers bear the names of the published
// weights.

// Iandola et al. 2016 (arXiv:1602.07360), as torchvision has it.
struct SqueezeNet {
  static constexpr std::string_view head = "classifier.1", preprocessing = "torchvision";
  static constexpr int image_size = 224;
  static constexpr int pool = 0;

  int64_t stem_outputs, stem_kernel;
  // Squeeze channels of the fire modules from features.3 on, with the pools between them.
  std::array<int, 10> modules;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Simonyan and Zisserman 2014 (arXiv:1409.1556), as torchvision has it.
struct Vgg {
  static constexpr std::string_view head = "classifier.6", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  std::array<int, 5> blocks;  // convolutions in each
  bool batch_norm = false;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// He et al. 2015 (arXiv:1512.03385), as torchvision has it: the bottleneck's stride is in its 3x3
// convolution.
struct ResNet {
  static constexpr std::string_view head = "fc", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  std::array<int, 4> blocks;  // in each stage
  bool bottleneck = false;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Sandler et al. 2018 (arXiv:1801.04381), width 1, as torchvision has it.
struct MobileNetV2 {
  static constexpr std::string_view head = "classifier.1", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Tan and Le 2019 (arXiv:1905.11946) without squeeze-and-excitation and with ReLU6, as TensorFlow published
// it; stem and head channels and the repeats of the first and last stage are the same in all sizes.
struct EfficientNetLite {
  static constexpr std::string_view head = "_fc", preprocessing = "lite";

  double width, depth;
  int image_size;
  double dropout;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Ma et al. 2018 (arXiv:1807.11164), as torchvision has it.
struct ShuffleNetV2 {
  static constexpr std::string_view head = "fc", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  std::array<int, 4> channels;  // of the three stages and of the last convolution

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Liu et al. 2022 (arXiv:2201.03545), as torchvision has it, without stochastic depth.
struct ConvNeXt {
  static constexpr std::string_view head = "classifier.2", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  std::array<int, 4> channels, blocks;  // of the stages

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

}  // namespace graft
