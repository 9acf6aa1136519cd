#pragma once

#include <array>
#include <string>
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

// Krizhevsky 2014 (arXiv:1404.5997), as torchvision has it.
struct AlexNet {
  static constexpr std::string_view head = "classifier.6", preprocessing = "torchvision";
  static constexpr int image_size = 224;

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
// convolution. ResNeXt (arXiv:1611.05431) has groups in that convolution, Wide ResNet (arXiv:1605.07146) more
// channels.
struct ResNet {
  static constexpr std::string_view head = "fc", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  std::array<int, 4> blocks;  // in each stage
  bool bottleneck = false;
  int64_t groups = 1, group_width = 64;  // of the 3x3 convolution of a bottleneck in the first stage

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Szegedy et al. 2014 (arXiv:1409.4842), with batch norm and as torchvision has it. The weights were trained
// on pixels from -1 to 1.
struct GoogLeNet {
  static constexpr std::string_view head = "fc", preprocessing = "127.5/127.5/256/224/bilinear";
  static constexpr std::string_view auxiliary[] = {"aux1", "aux2"};
  static constexpr int image_size = 224;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Szegedy et al. 2015 (arXiv:1512.00567), as torchvision has it, for pixels from -1 to 1 too.
struct InceptionV3 {
  static constexpr std::string_view head = "fc", preprocessing = "127.5/127.5/342/299/bilinear";
  static constexpr std::string_view auxiliary[] = {"AuxLogits"};
  static constexpr int image_size = 299;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Tan et al. 2018 (arXiv:1807.11626), as torchvision has it.
struct MnasNet {
  static constexpr std::string_view head = "classifier.1", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  double width;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Radosavovic et al. 2020 (arXiv:2003.13678), as torchvision has it; the Y networks squeeze and excite.
struct RegNet {
  static constexpr std::string_view head = "fc", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  std::array<int, 4> blocks, widths;  // of each stage
  int group_width;
  double squeeze = 0;  // channels squeezed to, as a share of the block's inputs; 0: none

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Howard et al. 2017 (arXiv:1704.04861), as Keras has it, for pixels from -1 to 1.
struct MobileNetV1 {
  static constexpr std::string_view head = "conv_preds", preprocessing = "127.5/127.5/256/224/bilinear";
  static constexpr int image_size = 224;

  double width;

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

// Howard et al. 2019 (arXiv:1905.02244), as torchvision has it.
struct MobileNetV3 {
  static constexpr std::string_view head = "classifier.3", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  bool is_large;

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
};

// Huang et al. 2016 (arXiv:1608.06993), as torchvision has it.
struct DenseNet {
  static constexpr std::string_view head = "classifier", preprocessing = "torchvision";
  static constexpr int image_size = 224;

  int64_t stem, growth;       // channels
  std::array<int, 4> layers;  // of each dense block

  Graph build(int64_t classes) const;
  std::vector<FreezePoint> freeze_points() const;
  static std::string older_name(const std::string& tensor);
};

// Tan and Le 2019 (arXiv:1905.11946), and of their second version (2021, arXiv:2104.00298) the small one, as
// torchvision has them.
struct EfficientNet {
  static constexpr std::string_view head = "classifier.1", preprocessing = "";

  int version;
  double width, depth;
  int image_size;
  double dropout;

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
