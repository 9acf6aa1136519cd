#include "transfer/zoo/zoo.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/nearest_names.h"

namespace graft {

namespace {

// `preprocessing` where it is not the family's.
template <auto family>
constexpr Architecture network(std::string_view name, std::string_view preprocessing = family.preprocessing) {
  return {name,
          [](int64_t classes) { return family.build(classes); },
          family.head,
          [] { return family.freeze_points(); },
          family.image_size,
          preprocessing};
}

// torchvision's mean and deviation, another resize.
constexpr std::string_view resized_to_232 = "123.675,116.28,103.53/58.395,57.12,57.375/232/224/bilinear",
                           resized_to_236 = "123.675,116.28,103.53/58.395,57.12,57.375/236/224/bilinear";

constexpr Architecture list[] = {
    network<SqueezeNet{96, 7, {16, 16, 32, 0, 32, 48, 48, 64, 0, 64}}>("squeezenet1_0"),
    network<SqueezeNet{64, 3, {16, 16, 0, 32, 32, 0, 48, 48, 64, 64}}>("squeezenet1_1"),
    network<Vgg{{1, 1, 2, 2, 2}, false}>("vgg11"),
    network<Vgg{{1, 1, 2, 2, 2}, true}>("vgg11_bn"),
    network<Vgg{{2, 2, 2, 2, 2}, false}>("vgg13"),
    network<Vgg{{2, 2, 2, 2, 2}, true}>("vgg13_bn"),
    network<Vgg{{2, 2, 3, 3, 3}, false}>("vgg16"),
    network<Vgg{{2, 2, 3, 3, 3}, true}>("vgg16_bn"),
    network<Vgg{{2, 2, 4, 4, 4}, false}>("vgg19"),
    network<Vgg{{2, 2, 4, 4, 4}, true}>("vgg19_bn"),
    network<ResNet{{2, 2, 2, 2}, false}>("resnet18"),
    network<ResNet{{3, 4, 6, 3}, false}>("resnet34"),
    network<ResNet{{3, 4, 6, 3}, true}>("resnet50"),
    network<ResNet{{3, 4, 23, 3}, true}>("resnet101"),
    network<ResNet{{3, 8, 36, 3}, true}>("resnet152"),
    network<MobileNetV2{}>("mobilenet_v2"),
    network<EfficientNetLite{1.0, 1.0, 224, 0.2}>("efficientnet_lite0"),
    network<EfficientNetLite{1.0, 1.1, 240, 0.2}>("efficientnet_lite1"),
    network<EfficientNetLite{1.1, 1.2, 260, 0.3}>("efficientnet_lite2"),
    network<EfficientNetLite{1.2, 1.4, 280, 0.3}>("efficientnet_lite3"),
    network<EfficientNetLite{1.4, 1.8, 300, 0.3}>("efficientnet_lite4"),
    network<ShuffleNetV2{{48, 96, 192, 1024}}>("shufflenet_v2_x0_5"),
    network<ShuffleNetV2{{116, 232, 464, 1024}}>("shufflenet_v2_x1_0"),
    network<ShuffleNetV2{{176, 352, 704, 1024}}>("shufflenet_v2_x1_5", resized_to_232),
    network<ShuffleNetV2{{244, 488, 976, 2048}}>("shufflenet_v2_x2_0", resized_to_232),
    network<ConvNeXt{{96, 192, 384, 768}, {3, 3, 9, 3}}>("convnext_tiny", resized_to_236),
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
