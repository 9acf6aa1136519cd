#pragma once

#include <string>
#include <vector>

namespace graft::bench {

struct NamedShape {
  std::string name;   // "resnet50.layer1.0.conv2": a network and one of its layers
  std::string op;     // as in ops.h
  std::string shape;  // as parse_shape() reads it
};

// Convolutions and dense layers of ResNet-50, MobileNetV2, EfficientNet-Lite0 and VGG-16 on 32 images, from
// their graphs: each shape once, under the first layer that has it. Some layers bound by memory. Small
// shapes, named "tiny.", for what is too slow for real ones.
std::vector<NamedShape> named_shapes();

}  // namespace graft::bench
