#include "transfer/zoo/zoo.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/nearest_names.h"

namespace graft {

namespace {

template <auto family>
constexpr std::span<const std::string_view> auxiliary() {
  if constexpr (requires { family.auxiliary; })
    return family.auxiliary;
  else
    return {};
}

template <auto family>
constexpr auto older_name() -> decltype(Architecture::older_name) {
  if constexpr (requires { family.older_name; })
    return family.older_name;
  else
    return nullptr;
}

// `preprocessing` where it is not the family's.
template <auto family>
constexpr Architecture network(std::string_view name, const Published& published = {},
                               std::string_view preprocessing = family.preprocessing) {
  return {name,
          [](int64_t classes) { return family.build(classes); },
          family.head,
          [] { return family.freeze_points(); },
          family.image_size,
          preprocessing,
          auxiliary<family>(),
          older_name<family>(),
          published};
}

// In percent, as the tables have it.
constexpr Published torchvision(double top1) {
  return {top1 / 100, "torchvision's table of weights, IMAGENET1K_V1", "pth"};
}
constexpr Published lite(double top1) {
  return {top1 / 100, "the EfficientNet-Lite repository's table", "ckpt,tflite,pth"};
}
constexpr Published keras(double top1) { return {top1 / 100, "Keras applications' table", "h5"}; }

// torchvision's mean and deviation, another resize, crop or filter.
constexpr std::string_view resized_to_232 = "123.675,116.28,103.53/58.395,57.12,57.375/232/224/bilinear",
                           resized_to_236 = "123.675,116.28,103.53/58.395,57.12,57.375/236/224/bilinear",
                           b0 = "123.675,116.28,103.53/58.395,57.12,57.375/256/224/bicubic",
                           b1 = "123.675,116.28,103.53/58.395,57.12,57.375/256/240/bicubic",
                           b2 = "123.675,116.28,103.53/58.395,57.12,57.375/288/288/bicubic",
                           b3 = "123.675,116.28,103.53/58.395,57.12,57.375/320/300/bicubic",
                           b4 = "123.675,116.28,103.53/58.395,57.12,57.375/384/380/bicubic",
                           v2_s = "123.675,116.28,103.53/58.395,57.12,57.375/384/384/bilinear";

constexpr Architecture list[] = {
    network<SqueezeNet{96, 7, {16, 16, 32, 0, 32, 48, 48, 64, 0, 64}}>("squeezenet1_0", torchvision(58.092)),
    network<SqueezeNet{64, 3, {16, 16, 0, 32, 32, 0, 48, 48, 64, 64}}>("squeezenet1_1", torchvision(58.178)),
    network<AlexNet{}>("alexnet", torchvision(56.522)),
    network<Vgg{{1, 1, 2, 2, 2}, false}>("vgg11", torchvision(69.02)),
    network<Vgg{{1, 1, 2, 2, 2}, true}>("vgg11_bn", torchvision(70.37)),
    network<Vgg{{2, 2, 2, 2, 2}, false}>("vgg13", torchvision(69.928)),
    network<Vgg{{2, 2, 2, 2, 2}, true}>("vgg13_bn", torchvision(71.586)),
    network<Vgg{{2, 2, 3, 3, 3}, false}>("vgg16", torchvision(71.592)),
    network<Vgg{{2, 2, 3, 3, 3}, true}>("vgg16_bn", torchvision(73.36)),
    network<Vgg{{2, 2, 4, 4, 4}, false}>("vgg19", torchvision(72.376)),
    network<Vgg{{2, 2, 4, 4, 4}, true}>("vgg19_bn", torchvision(74.218)),
    network<ResNet{{2, 2, 2, 2}, false}>("resnet18", torchvision(69.758)),
    network<ResNet{{3, 4, 6, 3}, false}>("resnet34", torchvision(73.314)),
    network<ResNet{{3, 4, 6, 3}, true}>("resnet50", torchvision(76.13)),
    network<ResNet{{3, 4, 23, 3}, true}>("resnet101", torchvision(77.374)),
    network<ResNet{{3, 8, 36, 3}, true}>("resnet152", torchvision(78.312)),
    network<ResNet{{3, 4, 6, 3}, true, 32, 4}>("resnext50_32x4d", torchvision(77.618)),
    network<ResNet{{3, 4, 6, 3}, true, 1, 128}>("wide_resnet50_2", torchvision(78.468)),
    network<GoogLeNet{}>("googlenet", torchvision(69.778)),
    network<InceptionV3{}>("inception_v3", torchvision(77.294)),
    network<RegNet{{1, 2, 7, 12}, {32, 64, 160, 400}, 16}>("regnet_x_400mf", torchvision(72.834)),
    network<RegNet{{1, 3, 6, 6}, {48, 104, 208, 440}, 8, 0.25}>("regnet_y_400mf", torchvision(74.046)),
    network<MnasNet{0.5}>("mnasnet0_5", torchvision(67.734)),
    network<MnasNet{0.75}>("mnasnet0_75", torchvision(71.18), resized_to_232),
    network<MnasNet{1.0}>("mnasnet1_0", torchvision(73.456)),
    network<MnasNet{1.3}>("mnasnet1_3", torchvision(76.506), resized_to_232),
    network<ShuffleNetV2{{48, 96, 192, 1024}}>("shufflenet_v2_x0_5", torchvision(60.552)),
    network<ShuffleNetV2{{116, 232, 464, 1024}}>("shufflenet_v2_x1_0", torchvision(69.362)),
    network<ShuffleNetV2{{176, 352, 704, 1024}}>("shufflenet_v2_x1_5", torchvision(72.996), resized_to_232),
    network<ShuffleNetV2{{244, 488, 976, 2048}}>("shufflenet_v2_x2_0", torchvision(76.23), resized_to_232),
    network<MobileNetV1{0.25}>("mobilenet_v1_0.25", keras(50.6)),
    network<MobileNetV1{0.5}>("mobilenet_v1_0.5", keras(63.7)),
    network<MobileNetV1{0.75}>("mobilenet_v1_0.75", keras(68.4)),
    network<MobileNetV1{1.0}>("mobilenet_v1_1.0", keras(70.6)),
    network<MobileNetV2{}>("mobilenet_v2", torchvision(71.878)),
    network<MobileNetV3{false}>("mobilenet_v3_small", torchvision(67.668)),
    network<MobileNetV3{true}>("mobilenet_v3_large", torchvision(74.042)),
    network<DenseNet{64, 32, {6, 12, 24, 16}}>("densenet121", torchvision(74.434)),
    network<DenseNet{96, 48, {6, 12, 36, 24}}>("densenet161", torchvision(77.138)),
    network<DenseNet{64, 32, {6, 12, 32, 32}}>("densenet169", torchvision(75.6)),
    network<DenseNet{64, 32, {6, 12, 48, 32}}>("densenet201", torchvision(76.896)),
    network<EfficientNet{1, 1.0, 1.0, 224, 0.2}>("efficientnet_b0", torchvision(77.692), b0),
    network<EfficientNet{1, 1.0, 1.1, 240, 0.2}>("efficientnet_b1", torchvision(78.642), b1),
    network<EfficientNet{1, 1.1, 1.2, 288, 0.3}>("efficientnet_b2", torchvision(80.608), b2),
    network<EfficientNet{1, 1.2, 1.4, 300, 0.3}>("efficientnet_b3", torchvision(82.008), b3),
    network<EfficientNet{1, 1.4, 1.8, 380, 0.4}>("efficientnet_b4", torchvision(83.384), b4),
    network<EfficientNet{2, 1.0, 1.0, 384, 0.2}>("efficientnet_v2_s", torchvision(84.228), v2_s),
    network<ConvNeXt{{96, 192, 384, 768}, {3, 3, 9, 3}}>("convnext_tiny", torchvision(82.52), resized_to_236),
    network<EfficientNetLite{1.0, 1.0, 224, 0.2}>("efficientnet_lite0", lite(75.1)),
    network<EfficientNetLite{1.0, 1.1, 240, 0.2}>("efficientnet_lite1", lite(76.7)),
    network<EfficientNetLite{1.1, 1.2, 260, 0.3}>("efficientnet_lite2", lite(77.6)),
    network<EfficientNetLite{1.2, 1.4, 280, 0.3}>("efficientnet_lite3", lite(79.8)),
    network<EfficientNetLite{1.4, 1.8, 300, 0.3}>("efficientnet_lite4", lite(81.5)),
};

}  // namespace

bool covers(const FreezePoint& point, std::string_view layer) {
  return std::any_of(point.prefixes.begin(), point.prefixes.end(), [&](std::string_view prefix) {
    return layer.starts_with(prefix) && (layer.size() == prefix.size() || layer[prefix.size()] == '.');
  });
}

std::span<const Architecture> architectures() { return list; }

const Architecture& find_architecture(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Architecture& architecture : list) {
    if (architecture.name == name) return architecture;
    names.push_back(architecture.name);
  }
  const std::string nearest = nearest_names(name, names);
  fail(ErrorCode::call, "architecture '", name.substr(0, 100), "' is not known",
       nearest.empty() ? "" : "; did you mean ", nearest, nearest.empty() ? "" : "?");
}

}  // namespace graft
